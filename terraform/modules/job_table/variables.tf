variable "name" {
  description = "The table's name."
  type        = string
}

variable "deletion_protection" {
  description = "Refuse to delete the table."
  type        = bool
  default     = true
}

variable "point_in_time_recovery" {
  description = "Keep every state of the last 35 days."
  type        = bool
  default     = true
}

variable "kms_key_arn" {
  description = "A key of the owner's own to encrypt with. Null: one that DynamoDB owns, at no charge."
  type        = string
  default     = null
}
