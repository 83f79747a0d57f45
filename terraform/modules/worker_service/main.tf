# A worker: one container that takes messages off its queues, as many tasks of it as these call for.
#
#   main.tf     image, task, service
#   access.tf   what it may do
#   scaling.tf  how many tasks there are

data "aws_region" "current" {}

locals {
  full_name = "${var.name_prefix}-${var.name}"
  daemon    = { host = "127.0.0.1", port = 2000 }

  worker = {
    name                   = var.name
    image                  = "${module.images.url}:${var.image_tag}"
    essential              = true
    readonlyRootFilesystem = true
    stopTimeout            = var.stop_timeout_seconds
    mountPoints            = [{ sourceVolume = "scratch", containerPath = "/tmp", readOnly = false }]
    linuxParameters        = { initProcessEnabled = true }

    # ECS asks this, not the image's own; loading the model may take a while.
    healthCheck = {
      command     = ["CMD", "python", "-m", "shared.worker.health"]
      interval    = 30
      timeout     = 10
      retries     = 3
      startPeriod = 300
    }

    environment = [
      for name, value in merge(var.environment, var.xray_daemon == null ? {} : {
        AWS_XRAY_DAEMON_ADDRESS = "${local.daemon.host}:${local.daemon.port}"
      }) : { name = name, value = value }
    ]

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        awslogs-group         = aws_cloudwatch_log_group.this.name
        awslogs-region        = data.aws_region.current.name
        awslogs-stream-prefix = var.name
        mode                  = "non-blocking" # a log that can't be written must not stop the work
        max-buffer-size       = "4m"
      }
    }
  }

  # Not essential: a task whose traces are lost still works.
  xray = {
    name                   = "xray"
    image                  = try(var.xray_daemon.image, null)
    essential              = false
    readonlyRootFilesystem = true
    cpu                    = 32
    memoryReservation      = 64
    command                = ["--bind", "${local.daemon.host}:${local.daemon.port}", "--log-level", "error"]
  }
}

module "images" {
  source = "../image_repository"

  name          = "${var.name_prefix}/${var.name}"
  force_destroy = var.force_destroy
}

resource "aws_ecs_task_definition" "this" {
  family                   = local.full_name
  requires_compatibilities = ["FARGATE"]
  network_mode             = "awsvpc"
  cpu                      = var.size.cpu
  memory                   = var.size.memory_mib
  task_role_arn            = aws_iam_role.task.arn
  execution_role_arn       = aws_iam_role.execution.arn

  container_definitions = jsonencode(concat([local.worker], var.xray_daemon == null ? [] : [local.xray]))

  runtime_platform {
    operating_system_family = "LINUX"
    cpu_architecture        = var.size.architecture
  }

  ephemeral_storage {
    size_in_gib = var.size.ephemeral_gib
  }

  volume {
    name = "scratch" # the one place that a read-only container may write to
  }
}

resource "aws_ecs_service" "this" {
  name                   = local.full_name
  cluster                = var.cluster.arn
  task_definition        = aws_ecs_task_definition.this.arn
  desired_count          = var.scaling.min_tasks
  platform_version       = "LATEST"
  enable_execute_command = false
  propagate_tags         = "SERVICE"

  # New workers come beside the old ones, which hand back what they can't finish.
  deployment_minimum_healthy_percent = 100
  deployment_maximum_percent         = 200
  availability_zone_rebalancing      = "ENABLED"

  deployment_circuit_breaker {
    enable   = true
    rollback = true
  }

  capacity_provider_strategy {
    capacity_provider = "FARGATE"
    base              = var.capacity.on_demand_base
    weight            = var.capacity.on_demand_weight
  }

  capacity_provider_strategy {
    capacity_provider = "FARGATE_SPOT"
    weight            = var.capacity.spot_weight
  }

  network_configuration {
    subnets          = var.place.subnet_ids
    security_groups  = [var.place.security_group_id]
    assign_public_ip = var.place.public_address
  }

  lifecycle {
    ignore_changes = [desired_count] # autoscaling's
  }
}

resource "aws_cloudwatch_log_group" "this" {
  name              = "/ecs/${local.full_name}"
  retention_in_days = var.log_retention_days
}
