variable "region" {
  description = "Where everything stands, but for CloudFront's firewall."
  type        = string
  default     = "us-east-1"
}

variable "image_tag" {
  description = "The build that runs: the tag of every service's image, such as a commit."
  type        = string
}

variable "model" {
  description = "The model that the transcriber's image holds: what MODEL was when it was built (make images MODEL=…)."
  type        = string
  default     = "small"
}

variable "mail" {
  description = "The domain that mail comes from, its Route 53 zone (null: records are set by hand), and who writes."
  type = object({
    domain            = string
    zone_id           = optional(string)
    sender_local_part = optional(string, "no-reply")
    feedback_email    = optional(string)
  })
}

variable "alarm_emails" {
  description = "Who is told of alarms, by severity."
  type        = object({ critical = optional(list(string), []), warning = optional(list(string), []) })
  default     = {}
}

variable "web_origins" {
  description = "Web pages that call the API and storage from a browser: https://host."
  type        = list(string)
  default     = []
}

variable "external_issuer" {
  description = "An OIDC issuer that signs the users' tokens, such as Clerk. Null: a Cognito user pool is made."
  type        = object({ issuer = string, audience = string, jwks_url = string })
  default     = null
}

variable "cdn_public_key_pem" {
  description = "The public half of the key that signs CloudFront URLs. Null: no CloudFront."
  type        = string
  default     = null
}

variable "xray_daemon_tag" {
  description = "The tag of the X-Ray daemon's copy in the account's repository. Null: workers send no traces."
  type        = string
  default     = null
}

variable "scaling_policy" {
  description = "By what transcribers follow their queue: backlog (messages a worker) or drain_time (minutes of work)."
  type        = string
  default     = "backlog"
}
