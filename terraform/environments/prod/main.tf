# For 100,000 files a day, spikes of 300,000.
#
#   make plan ENV=prod      make apply ENV=prod

terraform {
  required_version = ">= 1.11"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "5.100.0"
    }
  }

  # The bucket is the owner's: `bucket = "…"` in backend.hcl beside this file, which git does not keep.
  backend "s3" {
    key          = "escriba/prod/terraform.tfstate"
    encrypt      = true
    use_lockfile = true
  }
}

provider "aws" {
  region = var.region

  default_tags {
    tags = local.tags
  }
}

provider "aws" {
  alias  = "us_east_1"
  region = "us-east-1"

  default_tags {
    tags = local.tags
  }
}

locals {
  tags = { Project = "escriba", Environment = "prod", ManagedBy = "terraform" }
}

module "system" {
  source = "../../system"

  name_prefix           = "escriba-prod"
  image_tag             = var.image_tag
  model                 = var.model
  mail                  = var.mail
  alarm_emails          = var.alarm_emails
  web_origins           = var.web_origins
  external_issuer       = var.external_issuer
  cdn_public_key_pem    = var.cdn_public_key_pem
  xray_daemon_tag       = var.xray_daemon_tag
  protected             = true
  zone_count            = 3
  log_retention_days    = 90
  backup_retention_days = 35
  budgets_enabled       = true

  # A usual day's work costs 590 dollars on ARM64, one with a spike 1,750 (docs/scaling.md).
  alarm_thresholds = { daily_cost_dollars = 1000, month_cost_dollars = 25000 }

  transcriber = {
    size     = { cpu = 2048, memory_mib = 8192 }
    capacity = { on_demand_base = 2, on_demand_weight = 1, spot_weight = 4 }
    scaling = {
      policy    = var.scaling_policy
      min_tasks = 2
      max_tasks = 1000 # the peak of 100,000 ten-minute files takes 860 (docs/scaling.md)
      # Two vCPUs with the model small (docs/scaling.md). Only drain_time asks.
      audio_minutes_per_task_minute = 1.5
    }
  }

  # One always runs, on demand: a fresh clip can't wait for a task to start (docs/terraform.md says what it costs).
  converter = {
    size     = { cpu = 2048, memory_mib = 4096 }
    capacity = { on_demand_base = 1, on_demand_weight = 1, spot_weight = 4 }
    scaling  = { min_tasks = 1, max_tasks = 50 }
  }

  notifier = {
    size     = { cpu = 512, memory_mib = 1024 }
    capacity = { on_demand_base = 2, on_demand_weight = 1, spot_weight = 0 }
    scaling  = { min_tasks = 2, max_tasks = 20, adjustment_tasks = 1 }
  }

  providers = {
    aws           = aws
    aws.us_east_1 = aws.us_east_1
  }
}
