variable "name_prefix" {
  description = "Starts the name of every resource: escriba-<environment>."
  type        = string

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{1,19}$", var.name_prefix))
    error_message = "Lower-case letters, digits and hyphens, 20 at most: AWS's shortest names hold what follows it."
  }
}

variable "bucket_suffix" {
  description = "Ends the names of buckets. Null: a hyphen and the account's number."
  type        = string
  default     = null
}

variable "image_tag" {
  description = "The build that runs: the tag of every service's image."
  type        = string
}

variable "api_package_path" {
  description = "A zip of the functions, for an emulator that runs no images. Null: the image is used."
  type        = string
  default     = null
}

variable "model" {
  description = "The model that the transcriber's image holds: what MODEL was when it was built (make images MODEL=…)."
  type        = string
  default     = "small"
}

variable "protected" {
  description = "Whether the table, buckets, images and users outlive a destroy."
  type        = bool
  default     = true
}

variable "cidr_block" {
  description = "The network's addresses."
  type        = string
  default     = "10.0.0.0/16"
}

variable "zone_count" {
  description = "How many availability zones the workers spread over."
  type        = number
  default     = 3
}

variable "log_level" {
  description = "DEBUG, INFO, WARNING or ERROR."
  type        = string
  default     = "INFO"
}

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number
  default     = 30
}

variable "lifecycle_days" {
  description = "When objects move and when they are deleted (modules/storage)."
  type        = map(number)
  default     = {}
}

variable "backup_retention_days" {
  description = "How long a copy of the table is kept."
  type        = number
  default     = 35
}

variable "throttling" {
  description = "What the API takes in all: calls a second, and in a burst."
  type        = object({ rate_per_second = number, burst = number })
  default     = { rate_per_second = 200, burst = 400 }
}

variable "web_origins" {
  description = "Web pages that call the API and storage from a browser: https://host."
  type        = list(string)
  default     = []
}

variable "external_issuer" {
  description = "An OIDC issuer that signs the users' tokens. Null: a Cognito user pool is made."
  type        = object({ issuer = string, audience = string, jwks_url = string })
  default     = null
}

variable "callback_urls" {
  description = "Where Cognito's sign-in page may send users back to."
  type        = list(string)
  default     = []
}

variable "mail" {
  description = "The domain that mail comes from, its Route 53 zone (null: records are set by hand), and who writes."
  type = object({
    domain            = string
    zone_id           = optional(string)
    sender_local_part = optional(string, "no-reply")
    feedback_email    = optional(string)
  })
}

variable "cdn_public_key_pem" {
  description = "The public half of the key that signs CloudFront URLs. Null: no CloudFront."
  type        = string
  default     = null
}

variable "link_signing_key_version" {
  description = "Count it up for a new link-signing key."
  type        = number
  default     = 1
}

variable "xray_daemon_tag" {
  description = "The tag of the X-Ray daemon's copy in the account's repository. Null: workers send no traces."
  type        = string
  default     = null
}

variable "alarm_emails" {
  description = "Who is told, by severity."
  type        = object({ critical = optional(list(string), []), warning = optional(list(string), []) })
  default     = {}
}

variable "alarm_thresholds" {
  description = "From where on somebody is told (modules/monitoring)."
  type        = map(number)
  default     = {}
}

variable "budgets_enabled" {
  description = "Create the cost budgets: in one environment of an account, they count its whole cost."
  type        = bool
  default     = true
}

# What an emulator can't hold is switched off there and only there; environments/local says why, one by one.
variable "cloud_can" {
  description = "What the cloud can do. Everything on AWS."
  type = object({
    alarms              = optional(bool, true)
    autoscaling         = optional(bool, true)
    flow_logs           = optional(bool, true)
    interface_endpoints = optional(bool, true)
    mail_from           = optional(bool, true)
    saved_queries       = optional(bool, true)
    tracing             = optional(bool, true)
  })
  default = {}
}

variable "event_bus_name" {
  description = "The EventBridge bus that is told how jobs ended (job.completed, job.failed), such as default; empty: none."
  type        = string
  default     = ""
}

variable "execute_api_url" {
  description = "Where an emulator serves the APIs of API Gateway, each below its id. Null on AWS."
  type        = string
  default     = null
}
