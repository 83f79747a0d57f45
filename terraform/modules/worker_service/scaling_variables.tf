# Off on the emulator, which has no application autoscaling: what is written here is held by the tests of plan
# and module instead.
variable "autoscaling_enabled" {
  description = "Let the number of tasks follow the queue."
  type        = bool
  default     = true
}

variable "scaling" {
  description = "By what the number of tasks follows the queue: backlog (messages a worker) or drain_time (minutes)."
  type = object({
    policy            = optional(string, "backlog")
    min_tasks         = number
    max_tasks         = number
    adjustment_pct    = optional(number, 20)
    adjustment_tasks  = optional(number, 10)
    wake_tasks        = optional(number, 1)
    out_cooldown_s    = optional(number, 60)
    in_cooldown_s     = optional(number, 300)
    out_periods       = optional(number, 2)
    in_periods        = optional(number, 5)
    out_backlog       = optional(number, 500)
    in_backlog        = optional(number, 200)
    out_drain_minutes = optional(number, 30)
    in_drain_minutes  = optional(number, 10)
    # What one task transcribes in a minute, in minutes of audio, and how long a file is until it is measured.
    audio_minutes_per_task_minute = optional(number, 10)
    usual_audio_seconds           = optional(number, 600)
  })

  validation {
    condition     = contains(["backlog", "drain_time"], var.scaling.policy)
    error_message = "policy is backlog or drain_time."
  }

  validation {
    condition = (
      var.scaling.min_tasks >= 0 && var.scaling.max_tasks >= 1 && var.scaling.min_tasks <= var.scaling.max_tasks
    )
    error_message = "0 <= min_tasks <= max_tasks, and room for one."
  }

  validation {
    condition = (
      var.scaling.in_backlog > 0 && var.scaling.in_backlog < var.scaling.out_backlog &&
      var.scaling.in_drain_minutes > 0 && var.scaling.in_drain_minutes < var.scaling.out_drain_minutes
    )
    error_message = "What makes the service smaller lies below what makes it larger, else it never rests."
  }

  validation {
    condition = (
      var.scaling.adjustment_pct > 0 && var.scaling.adjustment_pct <= 100 && var.scaling.adjustment_tasks >= 1 &&
      var.scaling.wake_tasks >= 1 && var.scaling.wake_tasks <= var.scaling.max_tasks
    )
    error_message = "A step is 1 to 100 % and at least one task; what wakes the service fits into max_tasks."
  }

  validation {
    condition = (
      var.scaling.out_cooldown_s >= 0 && var.scaling.in_cooldown_s >= 0 &&
      var.scaling.out_periods >= 1 && var.scaling.in_periods >= 1 &&
      var.scaling.audio_minutes_per_task_minute > 0 && var.scaling.usual_audio_seconds > 0
    )
    error_message = "Cooldowns are not negative; periods, speed and length are above zero."
  }
}
