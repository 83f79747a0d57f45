variable "endpoint_url" {
  description = "Where the emulator answers."
  type        = string

  validation {
    condition     = can(regex("^http://(127\\.0\\.0\\.1|localhost|localstack):[0-9]+$", var.endpoint_url))
    error_message = "An emulator on this machine: http://127.0.0.1:<port>."
  }
}

variable "access_key" {
  description = "The emulator's key; no real one."
  type        = string
  default     = "test"
}

variable "secret_key" {
  description = "The emulator's secret; no real one."
  type        = string
  default     = "test"
  sensitive   = true
}

variable "api_package_path" {
  description = "A zip of the functions: local/terraform.py builds it."
  type        = string
}
