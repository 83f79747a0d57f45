data "aws_caller_identity" "current" {}

# Without ListBucket a missing object answers 403, which reads as a missing right.
locals {
  lists = {
    for kind in keys(local.data) : kind => { actions = ["s3:ListBucket"], resources = [aws_s3_bucket.this[kind].arn] }
  }
  objects = { for kind in keys(local.data) : kind => ["${aws_s3_bucket.this[kind].arn}/*"] }
  access = {
    for kind in keys(local.data) : kind => {
      read     = [local.lists[kind], { actions = ["s3:GetObject"], resources = local.objects[kind] }]
      download = [{ actions = ["s3:GetObject"], resources = local.objects[kind] }] # by a presigned URL
      keep = [
        local.lists[kind],
        {
          actions   = ["s3:GetObject", "s3:PutObject", "s3:AbortMultipartUpload", "s3:DeleteObject"]
          resources = local.objects[kind]
        },
      ]
      parts = [{
        actions   = ["s3:PutObject", "s3:ListMultipartUploadParts", "s3:AbortMultipartUpload"]
        resources = local.objects[kind]
      }]
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id
  policy = data.aws_iam_policy_document.this[each.key].json

  depends_on = [aws_s3_bucket_public_access_block.this]
}

data "aws_iam_policy_document" "this" {
  for_each = local.buckets

  # A denial names all actions and everybody: what is left out of it would be allowed without TLS.
  statement {
    sid       = "RefuseWithoutTls"
    effect    = "Deny"
    actions   = ["s3:*"]
    resources = [aws_s3_bucket.this[each.key].arn, "${aws_s3_bucket.this[each.key].arn}/*"]

    principals {
      type        = "*"
      identifiers = ["*"]
    }

    condition {
      test     = "Bool"
      variable = "aws:SecureTransport"
      values   = ["false"]
    }
  }

  dynamic "statement" {
    for_each = each.key == "access_logs" ? local.data : {}

    content {
      sid       = "TakeAccessLogsOf${title(statement.key)}"
      actions   = ["s3:PutObject"]
      resources = ["${aws_s3_bucket.this["access_logs"].arn}/${statement.key}/*"]

      principals {
        type        = "Service"
        identifiers = ["logging.s3.amazonaws.com"]
      }

      condition {
        test     = "ArnLike"
        variable = "aws:SourceArn"
        values   = [aws_s3_bucket.this[statement.key].arn]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:SourceAccount"
        values   = [data.aws_caller_identity.current.account_id]
      }
    }
  }

  dynamic "statement" {
    for_each = each.key == "transcripts" && var.cdn_distribution_arn != null ? [var.cdn_distribution_arn] : []

    content {
      sid       = "LetTheDistributionRead"
      actions   = ["s3:GetObject"]
      resources = ["${aws_s3_bucket.this["transcripts"].arn}/*"]

      principals {
        type        = "Service"
        identifiers = ["cloudfront.amazonaws.com"]
      }

      condition {
        test     = "StringEquals"
        variable = "aws:SourceArn"
        values   = [statement.value]
      }
    }
  }
}
