variable "name_prefix" {
  description = "Starts the name of every resource: escriba-<environment>."
  type        = string
}

variable "buckets" {
  description = "The buckets served: transcripts to holders of a signed URL, the web page to everybody (null: none)."
  type = object({
    transcripts = object({ name = string, arn = string, regional_domain_name = string })
    web         = optional(object({ name = string, arn = string, regional_domain_name = string }))
  })
}

variable "signing_public_key_pem" {
  description = "The public half (RSA 2048, PEM) of the key that signs URLs; the private half is a secret."
  type        = string

  validation {
    condition     = startswith(var.signing_public_key_pem, "-----BEGIN PUBLIC KEY-----")
    error_message = "A public key in PEM: it starts with -----BEGIN PUBLIC KEY-----."
  }
}

variable "requests_per_five_minutes" {
  description = "What one address may ask for in five minutes before it is refused."
  type        = number
  default     = 2000

  validation {
    condition     = var.requests_per_five_minutes >= 10
    error_message = "WAF counts from 10 on."
  }
}

variable "price_class" {
  description = "Which of CloudFront's locations serve."
  type        = string
  default     = "PriceClass_100"
}
