locals {
  # A part of an upload that was never finished is paid for and seen by nobody.
  unfinished_uploads_days = 1

  # CLIPS_PREFIX of shared/domain/object_keys.py: a clip is made anew in seconds.
  clips_prefix = "audio_clips/"

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

  dynamic "rule" {
    for_each = each.key == "transcripts" ? [var.lifecycle_days.clips_deleted] : []

    content {
      id     = "forget-clips"
      status = "Enabled"

      filter {
        prefix = local.clips_prefix
      }

      expiration {
        days = rule.value
      }
    }
  }
}
