output "api_url" {
  description = "Where callers reach the API."
  value       = module.system.api_url
}

output "websocket_url" {
  description = "Where callers open WebSockets for live progress."
  value       = module.system.websocket_url
}

output "repository_urls" {
  description = "Where each service's images are pushed to."
  value       = module.system.repository_urls
}

output "environment" {
  description = "What the dead-letter tool is to be told (docs/runbook.md)."
  value       = module.system.environment
}

output "dns_records" {
  description = "What the mail domain's zone must hold where it isn't written by Terraform."
  value       = module.system.dns_records
}
