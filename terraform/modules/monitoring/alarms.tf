# What somebody is told of; docs/runbook.md says for each what to do, under the name given here. Those of
# queues and dead letters stand beside the queues (modules/queue).
#
# An alarm is the maximum over `periods` of `expression` over `metrics`: an expression may be one metric's id.
# Missing data never breaches: a quiet night is no fault.

locals {
  http = { ApiId = var.api.api_id, Stage = var.api.stage_name }

  alarms = merge(
    {
      "api-errors" = {
        severity    = "critical"
        description = "More than ${var.thresholds.error_share_percent} % of the API's answers are 5xx."
        metrics = {
          errors = { namespace = "AWS/ApiGateway", name = "5xx", stat = "Sum", dimensions = local.http }
          calls  = { namespace = "AWS/ApiGateway", name = "Count", stat = "Sum", dimensions = local.http }
        }
        expression     = "IF(calls >= 20, 100 * errors / calls, 0)" # one error of three calls is no rate
        threshold      = var.thresholds.error_share_percent
        period_seconds = 60
        periods        = 5
      }
      "api-slow" = {
        severity    = "warning"
        description = "The slowest 1 % of the API's answers take more than ${var.thresholds.api_p99_seconds} s."
        metrics = {
          slowest = { namespace = "AWS/ApiGateway", name = "Latency", stat = "p99", dimensions = local.http }
        }
        expression     = "slowest"
        threshold      = var.thresholds.api_p99_seconds * 1000
        period_seconds = 60
        periods        = 5
      }
      "jobs-failing" = {
        severity    = "critical"
        description = "More than ${var.thresholds.error_share_percent} % of the jobs that end are FAILED."
        metrics = {
          failed    = { namespace = "Escriba", name = "JobsFailed", stat = "Sum", dimensions = { service = "transcriber" } }
          completed = { namespace = "Escriba", name = "JobsCompleted", stat = "Sum", dimensions = { service = "transcriber" } }
        }
        expression     = "IF(FILL(failed, 0) + FILL(completed, 0) >= 20, 100 * FILL(failed, 0) / (FILL(failed, 0) + FILL(completed, 0)), 0)"
        threshold      = var.thresholds.error_share_percent
        period_seconds = 300
        periods        = 1
      }
      "jobs-slow" = {
        severity    = "warning"
        description = "The slowest 1 % of jobs take more than ${var.thresholds.job_p99_minutes} minutes of work."
        metrics = {
          slowest = { namespace = "Escriba", name = "JobTime", stat = "p99", dimensions = { service = "transcriber" } }
        }
        expression     = "slowest"
        threshold      = var.thresholds.job_p99_minutes * 60000
        period_seconds = 300
        periods        = 3
      }
      "jobs-waiting" = {
        severity    = "warning"
        description = "The slowest 1 % of jobs wait more than ${var.thresholds.queue_wait_minutes} minutes for a worker."
        metrics = {
          slowest = { namespace = "Escriba", name = "QueueWait", stat = "p99", dimensions = { service = "transcriber" } }
        }
        expression     = "slowest"
        threshold      = var.thresholds.queue_wait_minutes * 60000
        period_seconds = 300
        periods        = 3
      }
      "jobs-costly" = {
        severity    = "warning"
        description = "The work of a day's jobs costs more than ${var.thresholds.daily_cost_dollars} dollars, at list prices."
        metrics = {
          dollars = { namespace = "Escriba", name = "JobCost", stat = "Sum", dimensions = { service = "transcriber" } }
        }
        expression     = "dollars"
        threshold      = var.thresholds.daily_cost_dollars
        period_seconds = 86400
        periods        = 1
      }
      "table-throttled" = {
        severity    = "critical"
        description = "The job table refuses calls because there are too many at once."
        metrics = {
          reads  = { namespace = "AWS/DynamoDB", name = "ReadThrottleEvents", stat = "Sum", dimensions = { TableName = var.job_table_name } }
          writes = { namespace = "AWS/DynamoDB", name = "WriteThrottleEvents", stat = "Sum", dimensions = { TableName = var.job_table_name } }
        }
        expression     = "FILL(reads, 0) + FILL(writes, 0)"
        threshold      = 0
        period_seconds = 60
        periods        = 3
      }
      "mail-bounces" = {
        severity    = "warning"
        description = "SES pauses an account's mail at a bounce rate of 10 %, and looks at it from 5 % on."
        metrics = {
          rate = { namespace = "AWS/SES", name = "Reputation.BounceRate", stat = "Average", dimensions = {} }
        }
        expression     = "100 * rate"
        threshold      = var.thresholds.bounce_percent
        period_seconds = 3600
        periods        = 1
      }
      "mail-complaints" = {
        severity    = "warning"
        description = "SES pauses an account's mail at a complaint rate of 0.5 %, and looks at it from 0.1 % on."
        metrics = {
          rate = { namespace = "AWS/SES", name = "Reputation.ComplaintRate", stat = "Average", dimensions = {} }
        }
        expression     = "100 * rate"
        threshold      = var.thresholds.complaint_percent
        period_seconds = 3600
        periods        = 1
      }
    },
    { for function, name in var.api.function_names : "${function}-failing" => {
      severity    = function == "api" ? "critical" : "warning"
      description = "The function ${function} fails, or is refused because too many run at once."
      metrics = {
        errors    = { namespace = "AWS/Lambda", name = "Errors", stat = "Sum", dimensions = { FunctionName = name } }
        throttles = { namespace = "AWS/Lambda", name = "Throttles", stat = "Sum", dimensions = { FunctionName = name } }
      }
      expression     = "FILL(errors, 0) + FILL(throttles, 0)"
      threshold      = 0
      period_seconds = 300
      periods        = 2
      }
    },
  )
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = var.alarms_enabled ? local.alarms : {}

  alarm_name          = "${var.name_prefix}-${each.key}"
  alarm_description   = "${each.value.description} What to do: docs/runbook.md, ${each.key}."
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  evaluation_periods  = each.value.periods
  datapoints_to_alarm = each.value.periods
  treat_missing_data  = "notBreaching"
  alarm_actions       = [aws_sns_topic.alarms[each.value.severity].arn]
  ok_actions          = [aws_sns_topic.alarms[each.value.severity].arn]
  tags                = { severity = each.value.severity }

  metric_query {
    id          = "value"
    expression  = each.value.expression
    label       = each.key
    return_data = true
  }

  dynamic "metric_query" {
    for_each = each.value.metrics

    content {
      id = metric_query.key

      metric {
        namespace   = metric_query.value.namespace
        metric_name = metric_query.value.name
        dimensions  = metric_query.value.dimensions
        stat        = metric_query.value.stat
        period      = each.value.period_seconds
      }
    }
  }
}
