output "buckets" {
  description = "The buckets of audio and transcripts, and what a policy grants on each: read, or keep (all that S3ObjectStore does, see shared/aws/object_store.py)."
  value = {
    for kind in keys(local.data) : kind => {
      name                 = aws_s3_bucket.this[kind].id
      arn                  = aws_s3_bucket.this[kind].arn
      regional_domain_name = aws_s3_bucket.this[kind].bucket_regional_domain_name
      access               = local.access[kind]
    }
  }
}
