# The API's functions: calls come in by HTTP, news of uploads by a queue, and the reconciler by a clock.
#
#   HTTP API ───────────▶ api        routes.tf
#   uploads queue ──────▶ router     triggers.tf
#   schedule ───────────▶ reconciler triggers.tf
#   WebSocket API ──────▶ websocket  websocket.tf 
#
# One package holds them all; what each may do stands in access.tf.

locals {
  functions = merge({
    api = {
      handler     = "services.api_lambda.handlers.api_handler"
      memory_mb   = 1024 # CPU comes with memory: a cold start imports a web framework
      timeout     = 29   # API Gateway hangs up after 30 s
      environment = merge(local.environments.api, var.settings.api)
    }
    router = {
      handler     = "services.api_lambda.handlers.router_handler"
      memory_mb   = 512
      timeout     = 30 # the uploads queue hides its messages for six times as long
      environment = merge(local.environments.router, var.settings.router)
    }
    reconciler = {
      handler     = "services.reconciler.handlers.reconcile_handler"
      memory_mb   = 512
      timeout     = 110 # a run ends before the next one starts
      environment = merge(local.environments.reconciler, var.settings.reconciler)
    }
    }, var.websocket_enabled ? {
    websocket = {
      handler     = "services.api_lambda.handlers.websocket_handler"
      memory_mb   = 512
      timeout     = 29 # API Gateway gives up on a route after that
      environment = merge(local.environments.websocket, var.settings.websocket)
    }
  } : {})

  common = {
    JOB_TABLE_NAME = var.job_table.name
    LOG_LEVEL      = var.log_level
  }

  # All of them send jobs, or send them again.
  job_queue_names = ["transcription", "transcription-priority", "conversion", "conversion-priority"]
  job_queues      = { for name in local.job_queue_names : "${upper(replace(name, "-", "_"))}_QUEUE_URL" => var.queues[name].url }

  environments = {
    api = merge(local.common, local.job_queues, {
      AUDIO_BUCKET_NAME           = var.buckets["audio"].name
      TRANSCRIPT_BUCKET_NAME      = var.buckets["transcripts"].name
      NOTIFICATION_QUEUE_URL      = var.queues["notification"].url
      LINK_SIGNING_KEY_SECRET_ARN = var.link_signing_key_secret_arn
    })
    router = merge(local.common, local.job_queues, {
      AUDIO_BUCKET_NAME      = var.buckets["audio"].name
      NOTIFICATION_QUEUE_URL = var.queues["notification"].url
    })
    websocket = merge(local.common, {
      TRANSCRIPT_BUCKET_NAME = var.buckets["transcripts"].name
      LIVE_MANAGEMENT_URL    = local.live_management_url
    })
    reconciler = merge(local.common, local.job_queues, {
      AUDIO_BUCKET_NAME      = var.buckets["audio"].name
      TRANSCRIPT_BUCKET_NAME = var.buckets["transcripts"].name
      UPLOADS_QUEUE_URL      = var.queues["uploads"].url
      NOTIFICATION_QUEUE_URL = var.queues["notification"].url
    })
  }
}

resource "aws_lambda_function" "this" {
  for_each = local.functions

  function_name = "${var.name_prefix}-${each.key}"
  role          = aws_iam_role.functions[each.key].arn
  architectures = [var.architecture]
  memory_size   = each.value.memory_mb
  timeout       = each.value.timeout

  package_type     = var.image_uri == null ? "Zip" : "Image"
  image_uri        = var.image_uri
  filename         = var.package_path
  source_code_hash = var.package_path == null ? null : filebase64sha256(var.package_path)
  handler          = var.image_uri == null ? each.value.handler : null
  runtime          = var.image_uri == null ? "python3.12" : null

  dynamic "image_config" {
    for_each = var.image_uri == null ? [] : [each.value.handler]

    content {
      command = [image_config.value]
    }
  }

  environment {
    variables = each.value.environment
  }

  tracing_config {
    mode = var.tracing_enabled ? "Active" : "PassThrough"
  }

  depends_on = [aws_cloudwatch_log_group.functions] # else Lambda makes one of its own, kept for ever
}

resource "aws_cloudwatch_log_group" "functions" {
  for_each = local.functions

  name              = "/aws/lambda/${var.name_prefix}-${each.key}"
  retention_in_days = var.log_retention_days
}
