# What stands around the way of a file.

module "auth" {
  source = "../modules/auth"

  name_prefix         = var.name_prefix
  external_issuer     = var.external_issuer
  callback_urls       = var.callback_urls
  deletion_protection = var.protected
}

module "email" {
  source = "../modules/email"

  name_prefix       = var.name_prefix
  domain            = var.mail.domain
  zone_id           = var.mail.zone_id
  sender_local_part = var.mail.sender_local_part
  feedback_email    = var.mail.feedback_email
  mail_from_enabled = var.cloud_can.mail_from
}

# Only with a key of the owner's: without one nobody could sign a URL for it.
module "cdn" {
  source = "../modules/cdn"
  count  = var.cdn_public_key_pem == null ? 0 : 1

  name_prefix            = var.name_prefix
  buckets                = { transcripts = module.storage.buckets.transcripts }
  signing_public_key_pem = var.cdn_public_key_pem

  providers = {
    aws           = aws
    aws.us_east_1 = aws.us_east_1
  }
}

module "monitoring" {
  source = "../modules/monitoring"

  name_prefix           = var.name_prefix
  job_table_name        = module.job_table.name
  thresholds            = var.alarm_thresholds
  alarm_emails          = var.alarm_emails
  alarms_enabled        = var.cloud_can.alarms
  tracing_enabled       = var.cloud_can.tracing
  saved_queries_enabled = var.cloud_can.saved_queries
  budgets_enabled       = var.budgets_enabled

  queues = {
    for kind, queue in module.queue : kind => { name = queue.name, dead_letter_name = queue.dead_letter_name }
  }

  services = {
    for name, worker in local.workers : name => {
      cluster_name   = aws_ecs_cluster.workers.name
      service_name   = worker.service_name
      log_group_name = worker.log_group_name
    }
  }

  api = {
    api_id          = module.api.api_id
    stage_name      = module.api.stage_name
    function_names  = module.api.function_names
    log_group_names = module.api.log_group_names
  }
}

module "backup" {
  source = "../modules/backup"

  name_prefix    = var.name_prefix
  table_arn      = module.job_table.arn
  retention_days = var.backup_retention_days
  force_destroy  = !var.protected
}
