# Every variable that a service reads (docs/settings.md), the defaults too: what runs is what stands here.

locals {
  stop_timeout_seconds = 60
  trace_share          = "0.05" # as much as X-Ray's own rule samples (modules/monitoring)

  every_service = {
    JOB_TABLE_NAME = module.job_table.name
    LOG_LEVEL      = var.log_level
    TRACE_SHARE    = local.trace_share
  }

  every_worker = merge(local.every_service, {
    VISIBILITY_SECONDS   = "60"
    HEARTBEAT_SECONDS    = "15"
    RECEIVE_WAIT_SECONDS = "20"
    DRAIN_SECONDS        = "45"         # below local.stop_timeout_seconds
    LIVENESS_FILE        = "/tmp/alive" # the container's health check looks at it
  })

  retry_delays_seconds = "300,1500,7500"
  transcriber_cores    = tostring(max(1, floor(var.transcriber.size.cpu / 1024)))

  transcriber_settings = merge(local.every_worker, {
    AUDIO_BUCKET_NAME                            = module.storage.buckets.audio.name
    TRANSCRIPT_BUCKET_NAME                       = module.storage.buckets.transcripts.name
    TRANSCRIPTION_QUEUE_URL                      = module.queue["transcription"].url
    TRANSCRIPTION_DEAD_LETTER_QUEUE_URL          = module.queue["transcription"].dead_letter_url
    TRANSCRIPTION_PRIORITY_QUEUE_URL             = module.queue["transcription-priority"].url
    TRANSCRIPTION_PRIORITY_DEAD_LETTER_QUEUE_URL = module.queue["transcription-priority"].dead_letter_url
    NOTIFICATION_QUEUE_URL                       = module.queue["notification"].url
    MODEL                                        = var.model
    MODEL_WAIT_SECONDS                           = "10"
    JOBS_AT_ONCE                                 = local.transcriber_cores
    STREAMS                                      = local.transcriber_cores
    CPU_THREADS                                  = "1"
    BATCH_SIZE                                   = "4"
    TASK_VCPUS                                   = tostring(var.transcriber.size.cpu / 1024)
    TASK_MEMORY_GB                               = tostring(var.transcriber.size.memory_mib / 1024)
    CONDITION_ON_PREVIOUS_TEXT                   = "false"
    WINDOW_SECONDS                               = "300"
    CHUNK_THRESHOLD_SECONDS                      = "1200"
    CHUNK_SECONDS                                = "600"
    CHUNKS_IN_FLIGHT                             = "4"
    MAX_AUDIO_MINUTES                            = "720"
    RETRY_DELAYS_SECONDS                         = local.retry_delays_seconds
  })

  converter_settings = merge(local.every_worker, {
    AUDIO_BUCKET_NAME                         = module.storage.buckets.audio.name
    TRANSCRIPT_BUCKET_NAME                    = module.storage.buckets.transcripts.name
    CONVERSION_QUEUE_URL                      = module.queue["conversion"].url
    CONVERSION_DEAD_LETTER_QUEUE_URL          = module.queue["conversion"].dead_letter_url
    CONVERSION_PRIORITY_QUEUE_URL             = module.queue["conversion-priority"].url
    CONVERSION_PRIORITY_DEAD_LETTER_QUEUE_URL = module.queue["conversion-priority"].dead_letter_url
    TRANSCRIPTION_QUEUE_URL                   = module.queue["transcription"].url
    TRANSCRIPTION_PRIORITY_QUEUE_URL          = module.queue["transcription-priority"].url
    NOTIFICATION_QUEUE_URL                    = module.queue["notification"].url
    CONVERSIONS_AT_ONCE                       = tostring(max(1, floor(var.converter.size.cpu / 1024)))
    TASK_VCPUS                                = tostring(var.converter.size.cpu / 1024)
    TASK_MEMORY_GB                            = tostring(var.converter.size.memory_mib / 1024)
    MAX_AUDIO_MINUTES                         = "720"
    RETRY_DELAYS_SECONDS                      = local.retry_delays_seconds
  })

  notifier_settings = merge(local.every_worker, {
    NOTIFICATION_QUEUE_URL             = module.queue["notification"].url
    NOTIFICATION_DEAD_LETTER_QUEUE_URL = module.queue["notification"].dead_letter_url
    CONVERSION_QUEUE_URL               = module.queue["conversion"].url
    CONVERSION_PRIORITY_QUEUE_URL      = module.queue["conversion-priority"].url
    PUBLIC_API_URL                     = module.api.api_url
    LINK_SIGNING_KEY_SECRET_ARN        = aws_secretsmanager_secret.link_signing_key.arn
    MAIL_FROM                          = module.email.sender
    NOTICES_AT_ONCE                    = "4"
    SENDING_LEASE_SECONDS              = "90"
    WEBHOOK_RETRY_DELAYS_SECONDS       = "10,60,300,1800,7200"
    WEBHOOK_ALLOW_LOOPBACK             = "false"
    EVENT_BUS_NAME                     = var.event_bus_name
    LIVE_MANAGEMENT_URL                = module.api.live.management_url
    TRANSCRIPT_BUCKET_NAME             = module.storage.buckets.transcripts.name
    DOWNLOAD_EXPIRES_SECONDS           = local.api_settings.DOWNLOAD_EXPIRES_SECONDS
  })

  api_settings = {
    MAX_FILE_BYTES               = "2147483648"
    MAX_BODY_BYTES               = "65536"
    UPLOAD_EXPIRES_SECONDS       = "3600"
    DOWNLOAD_EXPIRES_SECONDS     = "900"
    API_KEY_CACHE_SECONDS        = "60"
    TOKEN_ISSUER                 = module.auth.issuer
    TOKEN_AUDIENCE               = module.auth.audience
    TOKEN_JWKS_URL               = module.auth.jwks_url
    TOKEN_LEEWAY_SECONDS         = "30"
    WEBHOOK_ALLOW_LOOPBACK       = "false"
    TRACE_SHARE                  = local.trace_share
    TRANSCRIBED_BYTES_PER_SECOND = "100000"
    CONVERTED_BYTES_PER_SECOND   = "2000000"
    SYNC_WAIT_SECONDS            = "25"
    CLIP_WAIT_SECONDS            = "15"
    TASK_VCPUS                   = local.transcriber_settings.TASK_VCPUS
    TASK_MEMORY_GB               = local.transcriber_settings.TASK_MEMORY_GB
    JOBS_AT_ONCE                 = local.transcriber_settings.JOBS_AT_ONCE
    CONVERTER_VCPUS              = local.converter_settings.TASK_VCPUS
    CONVERTER_MEMORY_GB          = local.converter_settings.TASK_MEMORY_GB
    CONVERSIONS_AT_ONCE          = local.converter_settings.CONVERSIONS_AT_ONCE
  }

  websocket_settings = {
    for name in [
      "DOWNLOAD_EXPIRES_SECONDS", "API_KEY_CACHE_SECONDS", "TRACE_SHARE",
      "TOKEN_ISSUER", "TOKEN_AUDIENCE", "TOKEN_JWKS_URL", "TOKEN_LEEWAY_SECONDS",
    ] : name => local.api_settings[name]
  }

  router_settings = {
    TRACE_SHARE = local.trace_share
  }

  reconciler_settings = {
    TRACE_SHARE                = local.trace_share
    EVENT_GRACE_SECONDS        = "300"
    UPLOAD_GRACE_SECONDS       = "3600"
    QUEUED_STALLED_SECONDS     = "10800"
    PROCESSING_STALLED_SECONDS = "900"
    MOST_LOST_ATTEMPTS         = "5"
    NOTICE_GRACE_SECONDS       = "900"
    NOTICE_WINDOW_SECONDS      = "172800"
    NOTICE_ROUND_SECONDS       = "10800"
    RETENTION_ROUND_SECONDS    = "86400"
    ERASURE_GRACE_SECONDS      = "120"
    ERASURE_SECONDS            = "45"
    MOST_JOBS_A_SWEEP          = "1000"
    MOST_ENDED_JOBS_A_SWEEP    = "10000"
  }
}
