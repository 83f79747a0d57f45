variable "name_prefix" {
  description = "Starts the name of every resource: escriba-<environment>."
  type        = string
}

variable "cidr_block" {
  description = "The addresses of the network; a /16 leaves 4,000 to each subnet."
  type        = string
  default     = "10.0.0.0/16"

  validation {
    condition     = can(cidrhost(var.cidr_block, 0)) && tonumber(split("/", var.cidr_block)[1]) <= 20
    error_message = "A CIDR block of /20 or larger: every task takes an address."
  }
}

variable "zone_count" {
  description = "How many availability zones the workers spread over; Spot finds more room in more of them."
  type        = number
  default     = 3

  validation {
    condition     = var.zone_count >= 2 && var.zone_count <= 6
    error_message = "Two to six zones."
  }
}

# None on the emulator: it loses two of an interface endpoint's attributes.
variable "interface_services" {
  description = "What tasks without a way to the internet reach of AWS beside S3 and DynamoDB; each costs by the hour."
  type        = list(string)
  default     = ["sqs", "ecr.api", "ecr.dkr", "logs"]
}

# Off on the emulator: it has no flow logs.
variable "flow_logs_enabled" {
  description = "Log refused connections."
  type        = bool
  default     = true
}

variable "log_retention_days" {
  description = "How long the flow log is kept."
  type        = number
  default     = 30
}
