output "service_name" {
  description = "The ECS service's name."
  value       = aws_ecs_service.this.name
}

output "log_group_name" {
  description = "Where the workers log."
  value       = aws_cloudwatch_log_group.this.name
}

output "repository_url" {
  description = "Where the service's images are pushed to."
  value       = module.images.url
}

output "task_role_arn" {
  description = "Who the workers are."
  value       = aws_iam_role.task.arn
}

output "environment" {
  description = "What the workers are told: their settings."
  value       = var.environment
}

output "settings" {
  description = "The variables that the workers find in their environment."
  value       = sort(concat(keys(var.environment), var.xray_daemon == null ? [] : ["AWS_XRAY_DAEMON_ADDRESS"]))
}
