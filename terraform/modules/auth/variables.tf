variable "name_prefix" {
  description = "Starts the name of every resource: escriba-<environment>."
  type        = string
}

variable "external_issuer" {
  description = "An OIDC issuer that signs the users' tokens, such as Clerk or Auth0. Null: a Cognito user pool is made."
  type        = object({ issuer = string, audience = string, jwks_url = string })
  default     = null

  validation {
    condition = var.external_issuer == null ? true : (
      startswith(var.external_issuer.issuer, "https://") && startswith(var.external_issuer.jwks_url, "https://")
    )
    error_message = "issuer and jwks_url are https:// addresses."
  }
}

variable "callback_urls" {
  description = "Where the sign-in page may send users back to."
  type        = list(string)
  default     = []
}

variable "deletion_protection" {
  description = "Refuse to delete the user pool: its users can't be made anew."
  type        = bool
  default     = true
}
