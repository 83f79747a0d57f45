output "api_url" {
  description = "Where callers reach the API; links in e-mails start with it."
  value       = aws_apigatewayv2_api.http.api_endpoint
}

output "api_id" {
  description = "The HTTP API's id: a dimension of its metrics."
  value       = aws_apigatewayv2_api.http.id
}

output "stage_name" {
  description = "The HTTP API's stage: a dimension of its metrics."
  value       = aws_apigatewayv2_stage.http.name
}

output "websocket_url" {
  description = "Where callers listen to live progress; null where it is off."
  value       = one(aws_apigatewayv2_stage.websocket[*].invoke_url)
}

output "live" {
  description = "Where messages to WebSockets are handed over (empty where there are none), and what a policy grants there."
  value       = { management_url = local.live_management_url, access = local.live_access }
}

output "function_names" {
  description = "The functions' names, by function: api, router, reconciler, websocket."
  value       = { for key, function in aws_lambda_function.this : key => function.function_name }
}

output "log_group_names" {
  description = "The log groups' names, by function, and that of the access log."
  value = merge(
    { for key, group in aws_cloudwatch_log_group.functions : key => group.name },
    { access = aws_cloudwatch_log_group.access.name },
  )
}

output "settings" {
  description = "The variables that each function finds in its environment, by function."
  value       = { for key, function in local.functions : key => sort(keys(function.environment)) }
}
