# The buckets of uploads and of outputs. Both are private, encrypted, and forget by themselves.

locals {
  buckets = { for kind, name in var.bucket_names : kind => name }
  data    = { for kind, name in local.buckets : kind => name if kind != "access_logs" }
}

resource "aws_s3_bucket" "this" {
  for_each = local.buckets

  bucket        = each.value
  force_destroy = var.force_destroy
}

resource "aws_s3_bucket_public_access_block" "this" {
  for_each = local.buckets

  bucket                  = aws_s3_bucket.this[each.key].id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_ownership_controls" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

# S3's own key: one of KMS would cost a request for each of 200,000 objects a day and hide nothing more
# from those who may read the bucket.
resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  for_each = local.buckets

  bucket = aws_s3_bucket.this[each.key].id

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_logging" "this" {
  for_each = local.data

  bucket        = aws_s3_bucket.this[each.key].id
  target_bucket = aws_s3_bucket.this["access_logs"].id
  target_prefix = "${each.key}/"

  depends_on = [aws_s3_bucket_policy.this]
}

resource "aws_s3_bucket_cors_configuration" "this" {
  for_each = { for kind, name in local.data : kind => name if length(var.web_origins) > 0 }

  bucket = aws_s3_bucket.this[each.key].id

  cors_rule {
    allowed_origins = var.web_origins
    allowed_methods = each.key == "audio" ? ["PUT", "POST", "GET", "HEAD"] : ["GET", "HEAD"]
    allowed_headers = ["*"]
    expose_headers  = ["ETag", "Content-Length", "Content-Range", "Content-Disposition"]
    max_age_seconds = 3600
  }
}

# Who tells the uploads queue of a new object: everybody who uploads, through S3.
resource "aws_s3_bucket_notification" "uploads" {
  bucket = aws_s3_bucket.this["audio"].id

  queue {
    queue_arn = var.uploads_queue_arn
    events    = ["s3:ObjectCreated:*"]
  }
}
