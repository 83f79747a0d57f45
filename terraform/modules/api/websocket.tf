# Live progress over WebSocket: {action: "subscribe" | "unsubscribe", jobId}.

locals {
  websocket_routes = var.websocket_enabled ? toset(["$connect", "$disconnect", "subscribe", "unsubscribe"]) : toset([])
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

resource "aws_apigatewayv2_stage" "websocket" {
  count = var.websocket_enabled ? 1 : 0

  api_id      = aws_apigatewayv2_api.websocket[0].id
  name        = "live"
  auto_deploy = true

  default_route_settings {
    throttling_rate_limit  = var.throttling.rate_per_second
    throttling_burst_limit = var.throttling.burst
  }

  access_log_settings {
    destination_arn = aws_cloudwatch_log_group.access.arn
    format = jsonencode({
      requestId = "$context.requestId"
      time      = "$context.requestTime"
      route     = "$context.routeKey"
      status    = "$context.status"
    })
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
