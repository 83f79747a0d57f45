variable "name_prefix" {
  description = "Starts the name of every resource: escriba-<environment>."
  type        = string
}

variable "queues" {
  description = "Every queue, by what it carries, with its dead-letter queue."
  type        = map(object({ name = string, dead_letter_name = string }))
}

variable "job_table_name" {
  description = "The table of every record."
  type        = string
}

variable "services" {
  description = "The workers, by name: their ECS service and log group."
  type        = map(object({ cluster_name = string, service_name = string, log_group_name = string }))
}

variable "api" {
  description = "The HTTP API and the functions."
  type = object({
    api_id          = string
    stage_name      = string
    function_names  = map(string)
    log_group_names = map(string)
  })
}

variable "thresholds" {
  description = "From where on somebody is told."
  type = object({
    error_share_percent = optional(number, 5)
    api_p99_seconds     = optional(number, 5)
    job_p99_minutes     = optional(number, 60)
    queue_wait_minutes  = optional(number, 60)
    daily_cost_dollars  = optional(number, 100)
    month_cost_dollars  = optional(number, 2000)
    bounce_percent      = optional(number, 4)
    complaint_percent   = optional(number, 0.08)
  })
  default = {}
}

variable "alarm_emails" {
  description = "Who is told, by severity."
  type        = object({ critical = optional(list(string), []), warning = optional(list(string), []) })
  default     = {}
}

# Off on the emulator: it loses metric math without a word and shows alarms as changed for ever.
variable "alarms_enabled" {
  description = "Create the alarms. The topics are there in any case."
  type        = bool
  default     = true
}

# Off on the emulator: it has no X-Ray.
variable "tracing_enabled" {
  description = "Create X-Ray's sampling rule and group."
  type        = bool
  default     = true
}

# Off on the emulator: it keeps no saved queries.
variable "saved_queries_enabled" {
  description = "Save the queries of Logs Insights."
  type        = bool
  default     = true
}

variable "budgets_enabled" {
  description = "Create the cost budgets. One environment of an account is enough: they count the account's whole cost."
  type        = bool
  default     = true
}
