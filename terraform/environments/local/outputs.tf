output "environment" {
  description = "What the local processes are told."
  value       = module.system.environment
}

output "websocket_url" {
  description = "The WebSocket API's address, by its name on AWS."
  value       = module.system.websocket_url
}
