# What a day and a month may cost, for the whole account: AWS sums costs up a few times a day, so this tells
# hours late. A day that is over warns; a month that will be over, by AWS's forecast, is critical.

locals {
  budgets = var.budgets_enabled ? {
    day   = { unit = "DAILY", dollars = var.thresholds.daily_cost_dollars, kind = "ACTUAL", severity = "warning" }
    month = { unit = "MONTHLY", dollars = var.thresholds.month_cost_dollars, kind = "FORECASTED", severity = "critical" }
  } : {}
}

resource "aws_budgets_budget" "this" {
  for_each = local.budgets

  name         = "${var.name_prefix}-${each.key}"
  budget_type  = "COST"
  time_unit    = each.value.unit
  limit_amount = tostring(each.value.dollars)
  limit_unit   = "USD"

  notification {
    comparison_operator       = "GREATER_THAN"
    threshold                 = 100
    threshold_type            = "PERCENTAGE"
    notification_type         = each.value.kind
    subscriber_sns_topic_arns = [aws_sns_topic.alarms[each.value.severity].arn]
  }

  depends_on = [aws_sns_topic_policy.alarms] # Budgets checks that it may publish
}
