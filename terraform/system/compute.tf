module "network" {
  source = "../modules/network"

  name_prefix        = var.name_prefix
  cidr_block         = var.cidr_block
  zone_count         = var.zone_count
  flow_logs_enabled  = var.cloud_can.flow_logs
  log_retention_days = var.log_retention_days

  interface_services = var.cloud_can.interface_endpoints ? concat(
    ["sqs", "ecr.api", "ecr.dkr", "logs"], var.xray_daemon_tag == null ? [] : ["xray"],
  ) : []
}

resource "aws_ecs_cluster" "workers" {
  name = var.name_prefix

  # Where RunningTaskCount comes from, by which the workers are counted.
  setting {
    name  = "containerInsights"
    value = "enabled"
  }
}

resource "aws_ecs_cluster_capacity_providers" "workers" {
  cluster_name       = aws_ecs_cluster.workers.name
  capacity_providers = ["FARGATE", "FARGATE_SPOT"]
}

# By the name of the association: a service can't ask for Spot before the cluster has it.
locals {
  cluster = { name = aws_ecs_cluster_capacity_providers.workers.cluster_name, arn = aws_ecs_cluster.workers.arn }
}

module "api_images" {
  source = "../modules/image_repository"

  name          = "${var.name_prefix}/api_lambda"
  force_destroy = !var.protected
}

# Workers without a way to the internet can't fetch the X-Ray daemon from AWS's public gallery: a copy of it is
# pushed here.
module "xray_images" {
  source = "../modules/image_repository"

  name          = "${var.name_prefix}/xray-daemon"
  force_destroy = !var.protected
}

locals {
  xray_daemon = var.xray_daemon_tag == null ? null : {
    image          = "${module.xray_images.url}:${var.xray_daemon_tag}"
    repository_arn = module.xray_images.arn
  }
}
