# One trace in twenty, and a group for those that failed.
#
# X-Ray decides at the first call of a trace whether it is kept, before anybody knows how it ends: "all that
# fail" can't be sampled natively. What stands in for it: every failure is in the logs with its job_id and
# request_id, whatever was sampled (queries.tf), and the group shows the failures among the sampled ones.

resource "aws_xray_sampling_rule" "this" {
  count = var.tracing_enabled ? 1 : 0

  rule_name      = "${var.name_prefix}-calls"
  priority       = 1000
  version        = 1
  reservoir_size = 1 # one a second in any case, so that a quiet system shows something
  fixed_rate     = 0.05
  service_name   = "${var.name_prefix}-*"
  service_type   = "*"
  host           = "*"
  http_method    = "*"
  url_path       = "*"
  resource_arn   = "*"
}

resource "aws_xray_group" "failures" {
  count = var.tracing_enabled ? 1 : 0

  group_name        = "${var.name_prefix}-failures"
  filter_expression = "fault = true OR error = true"

  insights_configuration {
    insights_enabled      = true
    notifications_enabled = false
  }
}
