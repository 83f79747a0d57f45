# The whole system, read as docs/architecture.md draws it:
#
#   client ─▶ api ─▶ job_table                      client ─▶ storage (audio) ─▶ uploads ─▶ router (in api)
#   transcription, transcription-priority ─▶ transcriber ─┐
#   conversion, conversion-priority ───────▶ converter ───┴─▶ storage (transcripts), notification ─▶ notifier ─▶ email
#
# workers.tf  transcriber, converter, notifier      around.tf   sign-in, mail, CDN, monitoring, backup
# secrets.tf  what nobody may read                  compute.tf  network, cluster, images

data "aws_caller_identity" "current" {}
data "aws_partition" "current" {}
data "aws_region" "current" {}

locals {
  # Names of buckets are unique in the world, so the account's number is part of them.
  bucket_suffix = var.bucket_suffix == null ? "-${data.aws_caller_identity.current.account_id}" : var.bucket_suffix
  bucket_names = {
    audio       = "${var.name_prefix}-audio${local.bucket_suffix}"
    transcripts = "${var.name_prefix}-transcripts${local.bucket_suffix}"
    access_logs = "${var.name_prefix}-access-logs${local.bucket_suffix}"
  }

  # Lambda hides a message for as long as the router may take, six times over:
  # https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
  # Those of priority wait for a worker's slot alone, and so are told of sooner.
  queues = {
    uploads                = { visibility_seconds = 360, source_bucket = local.bucket_names.audio }
    transcription          = {}
    transcription-priority = { age_alarm_seconds = 900 }
    conversion             = {}
    conversion-priority    = { age_alarm_seconds = 900 }
    notification           = {}
  }
}

module "storage" {
  source = "../modules/storage"

  bucket_names         = local.bucket_names
  uploads_queue_arn    = module.queue["uploads"].arn
  web_origins          = var.web_origins
  lifecycle_days       = var.lifecycle_days
  force_destroy        = !var.protected
  cdn_distribution_arn = one(module.cdn[*].distribution_arns.transcripts)
}

module "queue" {
  source   = "../modules/queue"
  for_each = local.queues

  name               = "${var.name_prefix}-${each.key}"
  visibility_seconds = try(each.value.visibility_seconds, 60)
  thresholds         = try({ age_seconds = each.value.age_alarm_seconds }, {})
  alarms_enabled     = var.cloud_can.alarms
  alarm_topic_arns   = module.monitoring.topic_arns

  source_bucket_arn = try("arn:${data.aws_partition.current.partition}:s3:::${each.value.source_bucket}", null)
}

module "job_table" {
  source = "../modules/job_table"

  name                = "${var.name_prefix}-jobs"
  deletion_protection = var.protected
}

module "api" {
  source = "../modules/api"

  name_prefix                 = var.name_prefix
  image_uri                   = var.api_package_path == null ? "${module.api_images.url}:${var.image_tag}" : null
  package_path                = var.api_package_path
  job_table                   = module.job_table
  buckets                     = module.storage.buckets
  queues                      = module.queue
  link_signing_key_secret_arn = aws_secretsmanager_secret.link_signing_key.arn
  cors_origins                = var.web_origins
  throttling                  = var.throttling
  log_level                   = var.log_level
  log_retention_days          = var.log_retention_days
  tracing_enabled             = var.cloud_can.tracing
  execute_api_url             = var.execute_api_url

  jwt = {
    issuer   = module.auth.issuer
    audience = module.auth.audience
    jwks_url = module.auth.jwks_url
  }

  settings = {
    router     = local.router_settings
    api        = local.api_settings
    reconciler = local.reconciler_settings
    websocket  = local.websocket_settings
  }
}
