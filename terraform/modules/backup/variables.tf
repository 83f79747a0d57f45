variable "name_prefix" {
  description = "Starts the name of every resource: escriba-<environment>."
  type        = string
}

variable "table_arn" {
  description = "The table that is copied."
  type        = string
}

variable "schedule" {
  description = "When a copy is made: a schedule expression, UTC."
  type        = string
  default     = "cron(0 3 * * ? *)"
}

variable "retention_days" {
  description = "How long a copy is kept."
  type        = number
  default     = 35

  validation {
    condition     = var.retention_days >= 1
    error_message = "One day at least."
  }
}

variable "force_destroy" {
  description = "Delete the vault with the copies in it."
  type        = bool
  default     = false
}
