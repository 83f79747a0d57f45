# As prod, smaller: what a release is tried on.
#
#   make plan ENV=staging      make apply ENV=staging

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
    key          = "escriba/staging/terraform.tfstate"
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
  tags = { Project = "escriba", Environment = "staging", ManagedBy = "terraform" }
}

module "system" {
  source = "../../system"

  name_prefix           = "escriba-staging"
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
  log_retention_days    = 14
  backup_retention_days = 14
  budgets_enabled       = false # prod counts the account's whole cost

  transcriber = {
    size     = { cpu = 2048, memory_mib = 8192 }
    capacity = { on_demand_base = 0, on_demand_weight = 1, spot_weight = 4 }
    scaling = {
      policy    = var.scaling_policy
      min_tasks = 0
      max_tasks = 100
      # Two vCPUs with the model small (docs/scaling.md). Only drain_time asks.
      audio_minutes_per_task_minute = 1.5
    }
  }

  notifier = {
    size     = { cpu = 256, memory_mib = 512 }
    capacity = { on_demand_base = 1, on_demand_weight = 1, spot_weight = 0 }
    scaling  = { min_tasks = 1, max_tasks = 5, adjustment_tasks = 1 }
  }

  providers = {
    aws           = aws
    aws.us_east_1 = aws.us_east_1
  }
}
