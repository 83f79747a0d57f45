# Each alarm's name ends in a word that docs/runbook.md explains.

locals {
  alarms = {
    depth = {
      queue     = aws_sqs_queue.this.name
      metric    = "ApproximateNumberOfMessagesVisible"
      threshold = var.thresholds.depth
      severity  = "warning"
      meaning   = "More messages wait in ${var.name} than its workers are sized for."
    }
    age = {
      queue     = aws_sqs_queue.this.name
      metric    = "ApproximateAgeOfOldestMessage"
      threshold = var.thresholds.age_seconds
      severity  = "warning"
      meaning   = "The oldest message of ${var.name} has waited for too long."
    }
    dead-letters = {
      queue     = aws_sqs_queue.dead_letters.name
      metric    = "ApproximateNumberOfMessagesVisible"
      threshold = var.thresholds.dead_letters
      severity  = "critical"
      meaning   = "Messages that nobody could do anything with: make deadletters shows them."
    }
    dead-letter-age = {
      queue     = aws_sqs_queue.dead_letters.name
      metric    = "ApproximateAgeOfOldestMessage"
      threshold = var.thresholds.dead_letter_age_seconds
      severity  = "warning"
      meaning   = "A dead letter lies unlooked-at; it is lost after fourteen days."
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "this" {
  for_each = { for name, alarm in local.alarms : name => alarm if var.alarms_enabled }

  alarm_name          = "${var.name}-${each.key}"
  alarm_description   = "${each.value.meaning} See docs/runbook.md."
  namespace           = "AWS/SQS"
  metric_name         = each.value.metric
  dimensions          = { QueueName = each.value.queue }
  statistic           = "Maximum"
  period              = 60
  evaluation_periods  = var.thresholds.evaluation_periods
  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  treat_missing_data  = "notBreaching" # SQS tells nothing of a queue that has rested for six hours
  alarm_actions       = [var.alarm_topic_arns[each.value.severity]]
  ok_actions          = [var.alarm_topic_arns[each.value.severity]]
}
