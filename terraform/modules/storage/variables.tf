variable "bucket_names" {
  description = "The buckets' names: of uploads, of outputs, of access logs. S3 wants them unique in the world."
  type        = object({ audio = string, transcripts = string, access_logs = string })

  validation {
    condition     = alltrue([for name in values(var.bucket_names) : can(regex("^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$", name))])
    error_message = "A bucket's name has 3 to 63 characters: lower-case letters, digits, dots, hyphens."
  }
}

variable "uploads_queue_arn" {
  description = "The queue that is told of every upload; its policy must admit the audio bucket."
  type        = string
}

variable "web_origins" {
  description = "Web pages that upload and download from a browser: https://host."
  type        = list(string)
  default     = []
}

variable "lifecycle_days" {
  # The reconciler deletes what a tier keeps no longer (shared/domain/tiers.py): what is left is deleted here, later
  # than the longest tier and any operator's grant.
  description = "When audio is deleted at the latest; when outputs move to cheaper storage, and when they are deleted."
  type = object({
    audio_deleted          = optional(number, 100)
    transcripts_infrequent = optional(number, 30)
    transcripts_archived   = optional(number, 90)
    transcripts_deleted    = optional(number, 365)
    clips_deleted          = optional(number, 30)
    access_logs_deleted    = optional(number, 90)
  })
  default = {}

  validation {
    condition = (
      var.lifecycle_days.transcripts_infrequent >= 30 &&
      var.lifecycle_days.transcripts_archived >= var.lifecycle_days.transcripts_infrequent + 30 &&
      var.lifecycle_days.transcripts_deleted > var.lifecycle_days.transcripts_archived
    )
    error_message = "S3 moves an object after 30 days at the earliest and keeps it 30 days there."
  }
}

variable "force_destroy" {
  description = "Delete the buckets with what is in them."
  type        = bool
  default     = false
}

variable "cdn_distribution_arn" {
  description = "The CloudFront distribution that serves outputs. Null: none."
  type        = string
  default     = null
}
