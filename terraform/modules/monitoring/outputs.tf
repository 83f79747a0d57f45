output "topic_arns" {
  description = "Where alarms go, by severity: critical (somebody acts now) and warning (in working hours)."
  value       = { for severity, topic in aws_sns_topic.alarms : severity => topic.arn }
}

output "dashboard_names" {
  description = "The dashboards."
  value       = [for dashboard in aws_cloudwatch_dashboard.this : dashboard.dashboard_name]
}
