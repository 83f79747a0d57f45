output "environment" {
  description = "What the local processes are told."
  value       = module.system.environment
}
