# For trying things: small, at rest it runs no transcriber, and it can be destroyed whole.
#
#   make plan ENV=dev      make apply ENV=dev

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
    key          = "escriba/dev/terraform.tfstate"
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
  tags = { Project = "escriba", Environment = "dev", ManagedBy = "terraform" }
}

module "system" {
  source = "../../system"

  name_prefix           = "escriba-dev"
  image_tag             = var.image_tag
  model                 = var.model
  mail                  = var.mail
  alarm_emails          = var.alarm_emails
  web_origins           = var.web_origins
  external_issuer       = var.external_issuer
  cdn_public_key_pem    = var.cdn_public_key_pem
  xray_daemon_tag       = var.xray_daemon_tag
  protected             = false
  zone_count            = 2
  log_level             = "DEBUG"
  log_retention_days    = 7
  backup_retention_days = 7
  budgets_enabled       = false # prod counts the account's whole cost

  transcriber = {
    size     = { cpu = 1024, memory_mib = 4096 }
    capacity = { on_demand_base = 0, on_demand_weight = 0, spot_weight = 1 }
    scaling = {
      policy    = var.scaling_policy
      min_tasks = 0
      max_tasks = 20
      # One vCPU with the model small (docs/scaling.md). Only drain_time asks.
      audio_minutes_per_task_minute = 0.75
    }
  }

  notifier = {
    size     = { cpu = 256, memory_mib = 512 }
    capacity = { on_demand_base = 0, on_demand_weight = 0, spot_weight = 1 }
    scaling  = { min_tasks = 1, max_tasks = 2, adjustment_tasks = 1 }
  }

  providers = {
    aws           = aws
    aws.us_east_1 = aws.us_east_1
  }
}
