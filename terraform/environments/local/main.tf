# The embedded emulator: what `make up TERRAFORM=1` and `make terraform-test` apply.
#
# Every call goes to the emulator, by the endpoint below: a shell's own credentials never meet this provider.

terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }

  # State outlives no emulator: both are made and thrown away together.
  backend "local" {}
}

locals {
  tags = { Project = "escriba", Environment = "local", ManagedBy = "terraform" }
}

provider "aws" {
  region                   = "us-east-1"
  access_key               = var.access_key
  secret_key               = var.secret_key
  shared_config_files      = []
  shared_credentials_files = []
  s3_use_path_style        = true
  max_retries              = 5 # the 25 of the default turn an emulator's error into a hang
  skip_metadata_api_check  = true
  skip_region_validation   = true

  default_tags {
    tags = local.tags
  }

  dynamic "endpoints" {
    for_each = [var.endpoint_url]

    content {
      apigatewayv2   = endpoints.value
      backup         = endpoints.value
      budgets        = endpoints.value
      cloudfront     = endpoints.value
      cloudwatch     = endpoints.value
      cognitoidp     = endpoints.value
      dynamodb       = endpoints.value
      ec2            = endpoints.value
      ecr            = endpoints.value
      ecs            = endpoints.value
      events         = endpoints.value
      iam            = endpoints.value
      lambda         = endpoints.value
      logs           = endpoints.value
      route53        = endpoints.value
      s3             = endpoints.value
      scheduler      = endpoints.value
      secretsmanager = endpoints.value
      ses            = endpoints.value
      sesv2          = endpoints.value
      sns            = endpoints.value
      sqs            = endpoints.value
      sts            = endpoints.value
      wafv2          = endpoints.value
    }
  }
}

module "system" {
  source = "../../system"

  name_prefix           = "escriba"
  bucket_suffix         = ""
  image_tag             = "local"
  model                 = "fixture"
  api_package_path      = var.api_package_path
  execute_api_url       = "${var.endpoint_url}/_aws/execute-api"
  mail                  = { domain = "example.com", sender_local_part = "escriba" }
  protected             = false
  zone_count            = 2
  log_retention_days    = 7
  backup_retention_days = 7

  transcriber = {
    size     = { cpu = 1024, memory_mib = 4096 }
    capacity = { on_demand_base = 0, on_demand_weight = 0, spot_weight = 1 }
    scaling  = { min_tasks = 0, max_tasks = 2 }
  }

  notifier = {
    size     = { cpu = 256, memory_mib = 512 }
    capacity = { on_demand_base = 0, on_demand_weight = 0, spot_weight = 1 }
    scaling  = { min_tasks = 0, max_tasks = 2, adjustment_tasks = 1 }
  }

  # What the emulator lacks, each proven on a plan of the others instead (tests/terraform).
  cloud_can = {
    alarms              = false # shown as changed for ever, and metric math is lost without a word
    autoscaling         = false # not known
    flow_logs           = false # not known
    interface_endpoints = false # two of their attributes are lost
    mail_from           = false # not known
    saved_queries       = false # not known
    tracing             = false # X-Ray is not known
  }

  providers = {
    aws           = aws
    aws.us_east_1 = aws
  }
}
