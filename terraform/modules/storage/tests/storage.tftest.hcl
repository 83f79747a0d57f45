# What is forgotten when, and that nothing stands open.

mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_resource "aws_s3_bucket" {
    defaults = { arn = "arn:aws:s3:::bucket" }
  }
}

variables {
  bucket_names      = { audio = "t-audio", transcripts = "t-transcripts", access_logs = "t-access-logs" }
  uploads_queue_arn = "arn:aws:sqs:us-east-1:123456789012:uploads"
}

run "audio_outlives_every_tier_and_outputs_a_year" {
  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.this["audio"].rule[0].expiration[0].days == 100
    error_message = "100 days: longer than any tier keeps audio."
  }

  assert {
    condition = (
      aws_s3_bucket_lifecycle_configuration.this["transcripts"].rule[0].expiration[0].days == 365 &&
      { for move in aws_s3_bucket_lifecycle_configuration.this["transcripts"].rule[0].transition : move.storage_class => move.days }
      == { STANDARD_IA = 30, GLACIER_IR = 90 }
    )
    error_message = "30 days, 90 days, a year."
  }

  assert {
    condition = [
      for rule in aws_s3_bucket_lifecycle_configuration.this["transcripts"].rule :
      rule.expiration[0].days if one(rule.filter[*].prefix) == "audio_clips/"
    ] == [30]
    error_message = "Clips go after 30 days."
  }

  assert {
    condition = alltrue([
      for configuration in aws_s3_bucket_lifecycle_configuration.this :
      configuration.rule[0].abort_incomplete_multipart_upload[0].days_after_initiation == 1
    ])
    error_message = "Unfinished uploads go in every bucket."
  }
}

run "no_bucket_stands_open" {
  assert {
    condition = alltrue([
      for block in aws_s3_bucket_public_access_block.this :
      block.block_public_acls && block.block_public_policy && block.ignore_public_acls && block.restrict_public_buckets
    ]) && length(aws_s3_bucket_public_access_block.this) == 3
    error_message = "All four locks on all three."
  }

  assert {
    condition     = length(aws_s3_bucket_cors_configuration.this) == 0
    error_message = "No web page, no CORS."
  }
}

run "a_web_page_may_upload_and_download" {
  variables {
    web_origins = ["https://app.example.com"]
  }

  assert {
    condition     = contains(one(aws_s3_bucket_cors_configuration.this["audio"].cors_rule).allowed_methods, "PUT")
    error_message = "It PUTs audio."
  }

  assert {
    condition     = !contains(one(aws_s3_bucket_cors_configuration.this["transcripts"].cors_rule).allowed_methods, "PUT")
    error_message = "It only reads outputs."
  }
}

run "moves_that_s3_refuses_are_refused" {
  command = plan
  variables {
    lifecycle_days = { transcripts_infrequent = 10 }
  }
  expect_failures = [var.lifecycle_days]
}
