# The services that work a queue. Their settings stand in settings.tf; what they may do follows from what
# they are built of (services/*/bootstrap.py).

module "transcriber" {
  source = "../modules/worker_service"

  name_prefix          = var.name_prefix
  name                 = "transcriber"
  cluster              = local.cluster
  place                = module.network.private
  queue_names          = [module.queue["transcription"].name, module.queue["transcription-priority"].name]
  image_tag            = var.image_tag
  size                 = var.transcriber.size
  capacity             = var.transcriber.capacity
  scaling              = var.transcriber.scaling
  environment          = local.transcriber_settings
  stop_timeout_seconds = local.stop_timeout_seconds
  autoscaling_enabled  = var.cloud_can.autoscaling
  log_retention_days   = var.log_retention_days
  xray_daemon          = local.xray_daemon
  force_destroy        = !var.protected

  access = concat(
    module.job_table.access.job_store,
    module.job_table.access.chunk_store,
    module.storage.buckets.audio.access.read,
    module.storage.buckets.transcripts.access.keep,
    module.queue["transcription"].access.work,
    module.queue["transcription-priority"].access.work,
    module.queue["notification"].access.send,
  )
}

module "converter" {
  source = "../modules/worker_service"

  name_prefix          = var.name_prefix
  name                 = "converter"
  cluster              = local.cluster
  place                = module.network.private
  queue_names          = [module.queue["conversion"].name, module.queue["conversion-priority"].name]
  image_tag            = var.image_tag
  size                 = var.converter.size
  capacity             = var.converter.capacity
  scaling              = var.converter.scaling
  environment          = local.converter_settings
  stop_timeout_seconds = local.stop_timeout_seconds
  autoscaling_enabled  = var.cloud_can.autoscaling
  log_retention_days   = var.log_retention_days
  xray_daemon          = local.xray_daemon
  force_destroy        = !var.protected

  access = concat(
    module.job_table.access.job_store,
    module.job_table.access.step_store,
    module.storage.buckets.audio.access.read,
    module.storage.buckets.transcripts.access.keep,
    module.queue["conversion"].access.work,
    module.queue["conversion-priority"].access.work,
    module.queue["transcription"].access.send,
    module.queue["transcription-priority"].access.send,
    module.queue["notification"].access.send,
  )
}

locals {
  event_bus_arn = join(":", [
    "arn", data.aws_partition.current.partition, "events", data.aws_region.current.name,
    data.aws_caller_identity.current.account_id, "event-bus/${var.event_bus_name == "" ? "default" : var.event_bus_name}",
  ])
}

# It sends to addresses that users name, so it lives where the internet can be reached.
module "notifier" {
  source = "../modules/worker_service"

  name_prefix          = var.name_prefix
  name                 = "notifier"
  cluster              = local.cluster
  place                = module.network.public
  queue_names          = [module.queue["notification"].name]
  image_tag            = var.image_tag
  size                 = var.notifier.size
  capacity             = var.notifier.capacity
  scaling              = var.notifier.scaling
  environment          = local.notifier_settings
  stop_timeout_seconds = local.stop_timeout_seconds
  autoscaling_enabled  = var.cloud_can.autoscaling
  log_retention_days   = var.log_retention_days
  xray_daemon          = local.xray_daemon
  force_destroy        = !var.protected

  access = concat(
    module.job_table.access.job_store,
    module.job_table.access.user_directory,
    module.job_table.access.notice_log,
    module.job_table.access.webhook_store,
    module.job_table.access.connection_store,
    module.job_table.access.api_key_store,
    module.job_table.access.batch_store,
    module.storage.buckets.transcripts.access.download,
    module.api.live.access,
    module.queue["notification"].access.work,
    module.queue["conversion"].access.send,
    module.queue["conversion-priority"].access.send,
    [{ actions = ["secretsmanager:GetSecretValue"], resources = [aws_secretsmanager_secret.link_signing_key.arn] }],
    [{ actions = ["events:PutEvents"], resources = [local.event_bus_arn] }],
    [{ actions = ["ses:SendEmail"], resources = [module.email.sender_arn, module.email.configuration_set_arn] }],
  )
}

locals {
  workers = { transcriber = module.transcriber, converter = module.converter, notifier = module.notifier }
}
