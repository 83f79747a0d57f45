locals {
  # A part of an upload that was never finished is paid for and seen by nobody.
  unfinished_uploads_days = 1

  rules = {
    audio       = { transitions = {}, deleted_days = var.lifecycle_days.audio_deleted }
    access_logs = { transitions = {}, deleted_days = var.lifecycle_days.access_logs_deleted }
    # The kind of Glacier that answers at once: a download must work for as long as the job is listed. S3 moves
    # nothing below 128 KB; it would cost more there.
    transcripts = {
      transitions = {
        STANDARD_IA = var.lifecycle_days.transcripts_infrequent
        GLACIER_IR  = var.lifecycle_days.transcripts_archived
      }
      deleted_days = var.lifecycle_days.transcripts_deleted
    }
  }
}

resource "aws_s3_bucket_lifecycle_configuration" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    id     = "forget"
    status = "Enabled"

    filter {}

    dynamic "transition" {
      for_each = local.rules[each.key].transitions

      content {
        storage_class = transition.key
        days          = transition.value
      }
    }

    expiration {
      days = local.rules[each.key].deleted_days
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = local.unfinished_uploads_days
    }
  }
}
