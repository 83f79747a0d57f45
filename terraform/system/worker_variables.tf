# The sizes of the workers; modules/worker_service checks them.

variable "transcriber" {
  description = "Tasks of the transcriber. It works one job a vCPU, so memory is the model's share for each."
  type = object({
    size     = any
    capacity = object({ on_demand_base = number, on_demand_weight = number, spot_weight = number })
    scaling  = any
  })
}

variable "converter" {
  description = "Tasks of the converter. With min_tasks at 0 a fresh clip is a 504 until a task has started."
  type = object({
    size     = any
    capacity = object({ on_demand_base = number, on_demand_weight = number, spot_weight = number })
    scaling  = any
  })
  default = {
    size     = { cpu = 2048, memory_mib = 4096 }
    capacity = { on_demand_base = 0, on_demand_weight = 1, spot_weight = 4 }
    scaling  = { min_tasks = 0, max_tasks = 50 }
  }
}

variable "notifier" {
  description = "Tasks of the notifier."
  type = object({
    size     = any
    capacity = object({ on_demand_base = number, on_demand_weight = number, spot_weight = number })
    scaling  = any
  })
  default = {
    size     = { cpu = 256, memory_mib = 512 }
    capacity = { on_demand_base = 1, on_demand_weight = 1, spot_weight = 0 }
    scaling  = { min_tasks = 1, max_tasks = 10, adjustment_tasks = 1 }
  }
}
