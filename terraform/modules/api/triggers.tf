# What starts the functions that nobody calls.

resource "aws_lambda_event_source_mapping" "uploads" {
  event_source_arn = var.queues["uploads"].arn
  function_name    = aws_lambda_function.this["router"].arn
  batch_size       = 10

  # A batch of which some messages failed: those alone come back.
  function_response_types = ["ReportBatchItemFailures"]

  scaling_config {
    maximum_concurrency = 50 # 300,000 uploads in an hour are 84 a second, and one takes well under a second
  }

  depends_on = [aws_iam_role_policy.functions] # Lambda tries the role when the mapping is made
}

resource "aws_cloudwatch_event_rule" "reconcile" {
  name                = "${var.name_prefix}-reconcile"
  description         = "Ends what a crash or an outage left open."
  schedule_expression = "rate(${var.reconcile_minutes} minutes)"
}

resource "aws_cloudwatch_event_target" "reconcile" {
  rule = aws_cloudwatch_event_rule.reconcile.name
  arn  = aws_lambda_function.this["reconciler"].arn
}

# A run that fails is not tried again: the next is a few minutes away and finds the same.
resource "aws_lambda_function_event_invoke_config" "reconcile" {
  function_name                = aws_lambda_function.this["reconciler"].function_name
  maximum_retry_attempts       = 0
  maximum_event_age_in_seconds = var.reconcile_minutes * 60
}

resource "aws_lambda_permission" "reconcile" {
  statement_id  = "reconcile"
  action        = "lambda:InvokeFunction"
  function_name = aws_lambda_function.this["reconciler"].function_name
  principal     = "events.amazonaws.com"
  source_arn    = aws_cloudwatch_event_rule.reconcile.arn
}
