# Live progress over WebSocket: {action: "subscribe" | "unsubscribe", jobId}.
#
#   client ──▶ $connect, $default, $disconnect ──▶ websocket (function) ──▶ job_table
#          ◀── @connections ◀── websocket, notifier
#
# What a message asks for is the code's to say: one route takes all. Nothing is answered by a route itself; what
# there is to say is handed over through @connections.

locals {
  websocket_stage  = "live"
  websocket_routes = var.websocket_enabled ? toset(["$connect", "$default", "$disconnect"]) : toset([])

  live_management_url = join("", [
    for api in aws_apigatewayv2_api.websocket : join("/", [
      var.execute_api_url == null ? replace(api.api_endpoint, "wss://", "https://") : "${var.execute_api_url}/${api.id}",
      local.websocket_stage,
    ])
  ])

  live_access = [
    for api in aws_apigatewayv2_api.websocket : {
      actions   = ["execute-api:ManageConnections"]
      resources = ["${api.execution_arn}/${local.websocket_stage}/*/@connections/*"]
    }
  ]
}

resource "aws_apigatewayv2_api" "websocket" {
  count = var.websocket_enabled ? 1 : 0

  name                       = "${var.name_prefix}-websocket"
  description                = "Live progress of jobs."
  protocol_type              = "WEBSOCKET"
  route_selection_expression = "$request.body.action"
}

resource "aws_apigatewayv2_integration" "websocket" {
  count = var.websocket_enabled ? 1 : 0

  api_id           = aws_apigatewayv2_api.websocket[0].id
  integration_type = "AWS_PROXY"
  integration_uri  = aws_lambda_function.this["websocket"].invoke_arn
}

resource "aws_apigatewayv2_route" "websocket" {
  for_each = local.websocket_routes

  api_id             = aws_apigatewayv2_api.websocket[0].id
  route_key          = each.value
  target             = "integrations/${aws_apigatewayv2_integration.websocket[0].id}"
  authorization_type = "NONE" # $connect's handler checks key or token; later messages come over that connection
}

# No access log: for WebSockets API Gateway writes one only with a role that is set for the whole account and
# region. The function logs each connection that ends or is refused.
resource "aws_apigatewayv2_stage" "websocket" {
  #checkov:skip=CKV_AWS_76: see above
  count = var.websocket_enabled ? 1 : 0

  api_id      = aws_apigatewayv2_api.websocket[0].id
  name        = local.websocket_stage
  auto_deploy = true

  default_route_settings {
    throttling_rate_limit  = var.throttling.rate_per_second
    throttling_burst_limit = var.throttling.burst
  }
}

resource "aws_lambda_permission" "websocket" {
  count = var.websocket_enabled ? 1 : 0

  statement_id  = "websocket-api"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.this["websocket"].function_name
  principal     = "apigateway.amazonaws.com"
  source_arn    = "${aws_apigatewayv2_api.websocket[0].execution_arn}/*"
}
