output "topic_arns" {
  description = "Where alarms go, by severity: critical (somebody acts now) and warning (in working hours)."
  value       = { for severity, topic in aws_sns_topic.alarms : severity => topic.arn }
}

output "dashboard_names" {
  description = "The dashboards."
  value       = [for dashboard in aws_cloudwatch_dashboard.this : dashboard.dashboard_name]
}

output "dashboard_metrics" {
  description = "What the dashboards show, as \"namespace metric\", by dashboard: a test holds it to what is measured."
  value = {
    for name, graphs in local.graphs : name => distinct(flatten([
      for graph in graphs : [
        for metric in try(graph.metrics, [for line in graph.of : line[0]]) : "${graph.namespace} ${metric}"
      ]
    ]))
  }
}
