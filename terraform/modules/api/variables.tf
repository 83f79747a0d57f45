variable "name_prefix" {
  description = "Starts the name of every resource: escriba-<environment>."
  type        = string
}

variable "image_uri" {
  description = "The container image of the functions, with its digest. Null where package_path is given."
  type        = string
  default     = null
}

variable "package_path" {
  description = "A zip of the functions, for an emulator that runs no images. Null where image_uri is given."
  type        = string
  default     = null

  validation {
    condition     = (var.package_path == null) != (var.image_uri == null)
    error_message = "Give image_uri or package_path: one of them, not both."
  }
}

variable "architecture" {
  description = "arm64 or x86_64; the image is built for it."
  type        = string
  default     = "arm64"

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "Lambda runs on arm64 or x86_64."
  }
}

variable "job_table" {
  description = "The table of every record, and what a policy grants on it, by adapter (modules/job_table)."
  type = object({
    name   = string
    access = map(list(object({ actions = list(string), resources = list(string) })))
  })
}

variable "buckets" {
  description = "The buckets of audio and of outputs, and what a policy grants on each (modules/storage)."
  type = map(object({
    name   = string
    access = map(list(object({ actions = list(string), resources = list(string) })))
  }))

  validation {
    condition     = alltrue([for kind in ["audio", "transcripts"] : contains(keys(var.buckets), kind)])
    error_message = "Give the buckets audio and transcripts."
  }
}

variable "queues" {
  description = "The queues, by what they carry, and what a policy grants on each (modules/queue)."
  type = map(object({
    url    = string
    arn    = string
    access = map(list(object({ actions = list(string), resources = list(string) })))
  }))

  validation {
    condition     = alltrue([for kind in ["uploads", "transcription", "notification"] : contains(keys(var.queues), kind)])
    error_message = "Give the queues uploads, transcription and notification."
  }
}

variable "jwt" {
  description = "Who signs the tokens of signed-in users. Null: the API takes keys alone."
  type        = object({ issuer = string, audience = string, jwks_url = string })
  default     = null
}

variable "link_signing_key_secret_arn" {
  description = "The secret that signs the links of e-mails; the notifier reads the same one."
  type        = string
}

variable "settings" {
  description = "Settings of a function that are not resources, by function (docs/settings.md)."
  type = object({
    api        = optional(map(string), {})
    router     = optional(map(string), {})
    reconciler = optional(map(string), {})
    websocket  = optional(map(string), {})
  })
  default = {}
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

variable "throttling" {
  description = "What API Gateway lets through in all, before any user's own limit: calls a second, and in a burst."
  type        = object({ rate_per_second = number, burst = number })
  default     = { rate_per_second = 200, burst = 400 }

  validation {
    condition     = var.throttling.rate_per_second > 0 && var.throttling.burst >= var.throttling.rate_per_second
    error_message = "A burst is at least what one second lets through."
  }
}

# Only routes that take no API key: the authorizer refuses every call without a token. Its issuer's tokens need
# an aud (or client_id), which Clerk's have only where a template of yours adds one.
variable "bearer_only_routes" {
  description = "Routes at which API Gateway itself checks the token (METHOD /path). None by default."
  type        = list(string)
  default     = []

  validation {
    condition     = length(var.bearer_only_routes) == 0 || var.jwt != null
    error_message = "bearer_only_routes needs jwt."
  }
}

variable "cors_origins" {
  description = "Web pages that may call the API from a browser: https://host. None by default."
  type        = list(string)
  default     = []
}

variable "reconcile_minutes" {
  description = "How often the reconciler runs. Its settings' defaults fit five minutes."
  type        = number
  default     = 5

  validation {
    condition     = var.reconcile_minutes >= 2 && floor(var.reconcile_minutes) == var.reconcile_minutes
    error_message = "A whole number of minutes, two or more."
  }
}

variable "tracing_enabled" {
  description = "Send traces to X-Ray."
  type        = bool
  default     = true
}

variable "websocket_enabled" {
  description = "Create the WebSocket API of live progress."
  type        = bool
  default     = true
}

variable "execute_api_url" {
  description = "Where an emulator serves APIs, each below its id. Null on AWS, where each has a host name of its own."
  type        = string
  default     = null
}
