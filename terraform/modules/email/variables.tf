variable "name_prefix" {
  description = "Starts the name of every resource: escriba-<environment>."
  type        = string
}

variable "domain" {
  description = "The domain that mail comes from."
  type        = string
}

variable "zone_id" {
  description = "The Route 53 zone of the domain, for DKIM's and DMARC's records. Null: set them by hand, see the output dns_records."
  type        = string
  default     = null
}

variable "sender_local_part" {
  description = "The part of the sender's address before the @."
  type        = string
  default     = "no-reply"
}

# Off on the emulator, which has no such call.
variable "mail_from_enabled" {
  description = "Use bounce.<domain> as the envelope's sender, so that SPF is aligned."
  type        = bool
  default     = true
}

variable "feedback_email" {
  description = "Who is told of bounces and complaints. Null: only the topic holds them."
  type        = string
  default     = null
}
