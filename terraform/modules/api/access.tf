# What each function may do: what the adapters that its bootstrap builds declare (`IAM:` in shared/aws), on the
# resources that it is given. The modules of those resources say it, by adapter; a test holds them to the code.

locals {
  records = {
    api = [
      "job_store", "chunk_store", "step_store", "file_store", "user_directory",
      "api_key_store", "idempotency_store", "counters", "job_slots", "batch_store", "webhook_store",
      "erasure_store",
    ]
    router = ["job_store", "file_store"]
    reconciler = [
      "job_store", "chunk_store", "step_store", "file_store", "user_directory", "api_key_store", "batch_store", "webhook_store",
      "erasure_store", "notice_log", "bookmarks",
    ]
    websocket = ["job_store", "user_directory", "api_key_store", "counters", "connection_store"]
  }
  objects = {
    api        = ["audio", "transcripts"]
    router     = ["audio"]
    reconciler = ["audio", "transcripts"]
    websocket  = []
  }
  messages = {
    api        = concat(local.job_queue_names, ["notification"])
    router     = concat(local.job_queue_names, ["notification"])
    reconciler = concat(local.job_queue_names, ["uploads", "notification"])
    websocket  = []
  }

  secrets = {
    actions   = ["secretsmanager:GetSecretValue"]
    resources = [var.link_signing_key_secret_arn]
  }

  # What AWS itself does with a function's role, beside its code.
  platform = {
    api = concat([local.secrets], var.buckets["audio"].access["parts"])
    router = [{
      actions   = ["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"]
      resources = [var.queues["uploads"].arn]
    }]
    reconciler = var.buckets["audio"].access["parts"]
    websocket  = concat(local.live_access, var.buckets["transcripts"].access["download"])
  }

  statements = {
    for function in keys(local.functions) : function => concat(
      flatten([for adapter in local.records[function] : var.job_table.access[adapter]]),
      flatten([for kind in local.objects[function] : var.buckets[kind].access["keep"]]),
      flatten([for kind in local.messages[function] : var.queues[kind].access["send"]]),
      local.platform[function],
    )
  }
}

data "aws_iam_policy_document" "functions" {
  for_each = local.statements

  dynamic "statement" {
    for_each = each.value

    content {
      actions   = statement.value.actions
      resources = statement.value.resources
    }
  }

  statement {
    actions   = ["logs:CreateLogStream", "logs:PutLogEvents"]
    resources = ["${aws_cloudwatch_log_group.functions[each.key].arn}:*"]
  }

  dynamic "statement" {
    for_each = var.tracing_enabled ? [1] : []

    content {
      actions   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
      resources = ["*"] # X-Ray has no resources to name
    }
  }
}

data "aws_iam_policy_document" "assumed_by_lambda" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["lambda.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "functions" {
  for_each = local.functions

  name               = "${var.name_prefix}-${each.key}-function"
  assume_role_policy = data.aws_iam_policy_document.assumed_by_lambda.json
}

resource "aws_iam_role_policy" "functions" {
  for_each = local.functions

  name   = "${each.key}-function"
  role   = aws_iam_role.functions[each.key].id
  policy = data.aws_iam_policy_document.functions[each.key].json
}
