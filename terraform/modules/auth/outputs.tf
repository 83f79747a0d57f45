output "issuer" {
  description = "The iss of valid tokens."
  value       = local.issuer.issuer
}

output "audience" {
  description = "The aud (or, in Cognito's access tokens, the client_id) of valid tokens."
  value       = local.issuer.audience
}

output "jwks_url" {
  description = "Where the issuer publishes its keys."
  value       = local.issuer.jwks_url
}

output "user_pool_id" {
  description = "The user pool's id; null with an external issuer."
  value       = one(aws_cognito_user_pool.this[*].id)
}
