# A queue, its dead-letter queue, and who is told when either stands too full or too still.

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  dead_letters = "${var.name}-dead-letters"
  arns = {
    for name in [var.name, local.dead_letters] : name => join(":", [
      "arn", data.aws_partition.current.partition, "sqs", data.aws_region.current.name,
      data.aws_caller_identity.current.account_id, name,
    ])
  }
  fourteen_days_seconds = 14 * 24 * 3600
  message_bytes         = 262144 # a message names a job; SQS would take four times as much
}

# Everything is said when a queue is made: SQS takes a minute to take a change, and the provider waits for it.
resource "aws_sqs_queue" "this" {
  name                       = var.name
  visibility_timeout_seconds = var.visibility_seconds
  receive_wait_time_seconds  = 20
  message_retention_seconds  = local.fourteen_days_seconds
  max_message_size           = local.message_bytes
  sqs_managed_sse_enabled    = true
  policy                     = data.aws_iam_policy_document.queue.json

  redrive_policy = jsonencode({
    deadLetterTargetArn = aws_sqs_queue.dead_letters.arn
    maxReceiveCount     = var.max_receive_count
  })
}

resource "aws_sqs_queue" "dead_letters" {
  name                      = local.dead_letters
  message_retention_seconds = local.fourteen_days_seconds
  max_message_size          = local.message_bytes
  sqs_managed_sse_enabled   = true
  policy                    = data.aws_iam_policy_document.dead_letters.json

  redrive_allow_policy = jsonencode({
    redrivePermission = "byQueue"
    sourceQueueArns   = [local.arns[var.name]]
  })
}

data "aws_iam_policy_document" "queue" {
  source_policy_documents = [data.aws_iam_policy_document.tls_only[var.name].json]

  dynamic "statement" {
    for_each = var.source_bucket_arn == null ? [] : [var.source_bucket_arn]

    content {
      sid       = "TakeEventsOfTheBucket"
      actions   = ["sqs:SendMessage"]
      resources = [local.arns[var.name]]

      principals {
        type        = "Service"
        identifiers = ["s3.amazonaws.com"]
      }

      condition {
        test     = "ArnEquals"
        variable = "aws:SourceArn"
        values   = [statement.value]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [data.aws_caller_identity.current.account_id]
      }
    }
  }
}

data "aws_iam_policy_document" "dead_letters" {
  source_policy_documents = [data.aws_iam_policy_document.tls_only[local.dead_letters].json]
}

# A denial names all actions and everybody: what is left out of it would be allowed without TLS.
data "aws_iam_policy_document" "tls_only" {
  for_each = local.arns

  statement {
    sid       = "RefuseWithoutTls"
    effect    = "Deny"
    actions   = ["sqs:*"]
    resources = [each.value]

    principals {
      type        = "AWS"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }
}
