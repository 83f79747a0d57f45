variable "name_prefix" {
  description = "Starts the name of every resource: escriba-<environment>."
  type        = string
}

variable "name" {
  description = "The service: a folder of services/."
  type        = string
}

variable "cluster" {
  description = "The ECS cluster."
  type        = object({ name = string, arn = string })
}

variable "place" {
  description = "Where in the network tasks live: an output of the network module."
  type        = object({ subnet_ids = list(string), security_group_id = string, public_address = bool })
}

variable "queue_names" {
  description = "The queues that the service works: what waits in all of them is counted together."
  type        = list(string)

  validation {
    condition     = length(var.queue_names) > 0
    error_message = "A worker has a queue."
  }
}

variable "image_tag" {
  description = "Which image of the service's own repository runs. Tags never move."
  type        = string

  validation {
    condition     = var.image_tag != "latest" && can(regex("^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$", var.image_tag))
    error_message = "A tag that names one build for ever, such as a commit: not latest."
  }
}

variable "size" {
  description = "A task: CPU units (1024 are one vCPU), memory and scratch space."
  type = object({
    cpu           = number
    memory_mib    = number
    ephemeral_gib = optional(number, 21)
    architecture  = optional(string, "ARM64")
  })

  validation {
    condition     = contains(["ARM64", "X86_64"], var.size.architecture)
    error_message = "Fargate runs ARM64 or X86_64."
  }

  # https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html
  validation {
    condition = contains(lookup({
      256   = [512, 1024, 2048]
      512   = range(1024, 4097, 1024)
      1024  = range(2048, 8193, 1024)
      2048  = range(4096, 16385, 1024)
      4096  = range(8192, 30721, 1024)
      8192  = range(16384, 61441, 4096)
      16384 = range(32768, 122881, 8192)
    }, var.size.cpu, []), var.size.memory_mib)
    error_message = "Fargate has no task of that CPU and memory."
  }

  validation {
    condition     = var.size.ephemeral_gib >= 21 && var.size.ephemeral_gib <= 200
    error_message = "21 to 200 GiB of scratch space."
  }
}

variable "capacity" {
  description = "How many tasks always run on demand, and how the others are shared between on-demand and Spot."
  type        = object({ on_demand_base = number, on_demand_weight = number, spot_weight = number })

  validation {
    condition     = var.capacity.on_demand_weight + var.capacity.spot_weight > 0
    error_message = "One of the weights is above zero."
  }
}

variable "environment" {
  description = "The service's settings (docs/settings.md)."
  type        = map(string)
}

variable "access" {
  description = "What the service may do: what its adapters declare, on named resources."
  type        = list(object({ actions = list(string), resources = list(string) }))
}

variable "stop_timeout_seconds" {
  description = "From SIGTERM to SIGKILL; longer than DRAIN_SECONDS. Fargate gives 120 at most."
  type        = number
  default     = 60

  validation {
    condition     = var.stop_timeout_seconds > tonumber(var.environment["DRAIN_SECONDS"]) && var.stop_timeout_seconds <= 120
    error_message = "More than DRAIN_SECONDS, and at most the 120 that Fargate gives."
  }
}

variable "log_retention_days" {
  description = "How long logs are kept."
  type        = number
  default     = 30
}

variable "xray_daemon" {
  description = "The X-Ray daemon that runs beside the worker, from a repository of the account. Null: no traces."
  type        = object({ image = string, repository_arn = string })
  default     = null
}

variable "force_destroy" {
  description = "Delete the repository with the images in it."
  type        = bool
  default     = false
}
