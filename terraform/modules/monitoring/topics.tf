# Whom alarms tell. critical: users notice, somebody acts now. warning: in working hours.

resource "aws_sns_topic" "alarms" {
  # checkov:skip=CKV_AWS_26: alarms publish under no key of AWS's own, and say only names and numbers
  for_each = toset(["critical", "warning"])

  name = "${var.name_prefix}-${each.key}"
}

data "aws_iam_policy_document" "topics" {
  for_each = aws_sns_topic.alarms

  statement {
    sid       = "AlarmsAndBudgetsPublish"
    actions   = ["sns:Publish"]
    resources = [each.value.arn]

    principals {
      type        = "Service"
      identifiers = ["cloudwatch.amazonaws.com", "budgets.amazonaws.com"]
    }
  }
}

resource "aws_sns_topic_policy" "alarms" {
  for_each = aws_sns_topic.alarms

  arn    = each.value.arn
  policy = data.aws_iam_policy_document.topics[each.key].json
}

resource "aws_sns_topic_subscription" "emails" {
  for_each = {
    for pair in concat(
      [for address in var.alarm_emails.critical : { severity = "critical", address = address }],
      [for address in var.alarm_emails.warning : { severity = "warning", address = address }],
    ) : "${pair.severity} ${pair.address}" => pair
  }

  topic_arn = aws_sns_topic.alarms[each.value.severity].arn
  protocol  = "email"
  endpoint  = each.value.address
}
