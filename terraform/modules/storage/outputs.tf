output "buckets" {
  description = "The buckets of audio and transcripts: name, arn, regional_domain_name."
  value = {
    for kind in keys(local.data) : kind => {
      name                 = aws_s3_bucket.this[kind].id
      arn                  = aws_s3_bucket.this[kind].arn
      regional_domain_name = aws_s3_bucket.this[kind].bucket_regional_domain_name
    }
  }
}

output "access" {
  description = "What a policy grants, by bucket: read, or keep (all that S3ObjectStore does, see shared/aws/object_store.py)."
  value = {
    for kind in keys(local.data) : kind => {
      read = [
        { actions = ["s3:GetObject"], resources = ["${aws_s3_bucket.this[kind].arn}/*"] },
        { actions = ["s3:ListBucket"], resources = [aws_s3_bucket.this[kind].arn] },
      ]
      keep = [
        {
          actions   = ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"]
          resources = ["${aws_s3_bucket.this[kind].arn}/*"]
        },
        { actions = ["s3:ListBucket"], resources = [aws_s3_bucket.this[kind].arn] },
      ]
    }
  }
}
