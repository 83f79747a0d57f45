# The five usual questions, saved in Logs Insights. Logs are one JSON object a line (shared/log.py); a test
# holds the field names and events here to the code.

locals {
  log_groups = sort(concat(
    [for service in var.services : service.log_group_name],
    [for name, group in var.api.log_group_names : group if name != "access"],
  ))

  queries = {
    "errors-by-operation" = <<-QUERY
      filter level in ["error", "critical"] or event in ["try failed", "handler failed"]
      | stats count(*) as errors, latest(@timestamp) as last by service, event, route
      | sort errors desc
    QUERY
    "slow-jobs"           = <<-QUERY
      filter event = "completed"
      | fields @timestamp, job_id, audio_seconds, total_ms, queue_wait_ms, decode_ms, inference_ms, store_ms
      | sort total_ms desc
      | limit 100
    QUERY
    "waits-by-queue"      = <<-QUERY
      filter event = "completed"
      | stats count(*) as jobs, avg(queue_wait_ms) as average_ms, max(queue_wait_ms) as longest_ms by queue
      | sort queue
    QUERY
    "failed-jobs"         = <<-QUERY
      filter event in ["the input's fault", "rejected", "try failed", "given up", "message dead-lettered"]
      | fields @timestamp, service, job_id, event, code, sentence, error, reason
      | sort @timestamp desc
      | limit 200
    QUERY
    "use-by-user"         = <<-QUERY
      filter event = "request" and ispresent(user_id)
      | stats count(*) as calls, avg(ms) as average_ms, max(ms) as slowest_ms by user_id
      | sort calls desc
      | limit 100
    QUERY
  }
}

resource "aws_cloudwatch_query_definition" "this" {
  for_each = var.saved_queries_enabled ? local.queries : {}

  name            = "${var.name_prefix}/${each.key}"
  log_group_names = local.log_groups
  query_string    = each.value
}
