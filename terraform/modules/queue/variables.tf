variable "name" {
  description = "The queue's name; its dead-letter queue is called <name>-dead-letters."
  type        = string

  validation {
    condition     = length(var.name) <= 80 - length("-dead-letters")
    error_message = "SQS takes names of 80 characters, and -dead-letters is added."
  }
}

variable "visibility_seconds" {
  description = "How long a received message stays hidden; a receive of ours names its own."
  type        = number
  default     = 60

  validation {
    condition     = var.visibility_seconds >= 5 && var.visibility_seconds <= 43000
    error_message = "5 to 43,000 seconds: SQS refuses extensions past twelve hours."
  }
}

variable "max_receive_count" {
  description = "The backstop against a message that kills its worker; failed tries are counted in the job."
  type        = number
  default     = 10

  validation {
    condition     = var.max_receive_count >= 3 && var.max_receive_count <= 1000
    error_message = "3 to 1,000: a worker that is reclaimed must not cost a message its life."
  }
}

variable "source_bucket_arn" {
  description = "The bucket whose events the queue takes. Null: none."
  type        = string
  default     = null
}

# Off on the emulator: it shows alarms as changed for ever.
variable "alarms_enabled" {
  description = "Create the alarms."
  type        = bool
  default     = true
}

variable "alarm_topic_arns" {
  description = "Where alarms go, by severity."
  type        = object({ critical = string, warning = string })
}

variable "thresholds" {
  description = "From where on somebody is told."
  type = object({
    depth                   = optional(number, 50000)
    age_seconds             = optional(number, 3600)
    dead_letters            = optional(number, 10)
    dead_letter_age_seconds = optional(number, 86400)
    evaluation_periods      = optional(number, 5)
  })
  default = {}

  validation {
    condition     = alltrue([for threshold in values(var.thresholds) : threshold > 0])
    error_message = "Every threshold is above zero."
  }
}
