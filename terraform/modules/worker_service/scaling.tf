# How many tasks there are follows what waits in all of the service's queues, by step scaling on metric math:
#
#   policy      measure                                                  more above          fewer below
#   backlog     visible messages / running tasks                         out_backlog         in_backlog
#   drain_time  audio minutes waiting / what the tasks hear in a minute  out_drain_minutes   in_drain_minutes
#
# A step is adjustment_pct of the running tasks, at least adjustment_tasks. No tasks count as one, so a service
# at rest divides by nothing; what CloudWatch doesn't tell counts as zero. With min_tasks 0, `wake` starts the
# first task for the first message, and the last step down waits until nothing is left, in flight included.

locals {
  scaling = var.scaling
  by_time = local.scaling.policy == "drain_time"

  # One of each queue, summed: visible, visible_1, …
  depth_names = { visible = "ApproximateNumberOfMessagesVisible", in_flight = "ApproximateNumberOfMessagesNotVisible" }
  depths = merge([
    for id, name in local.depth_names : {
      for number, queue_name in var.queue_names : (number == 0 ? id : "${id}_${number}") => {
        namespace = "AWS/SQS", name = name, stat = "Maximum", dimensions = { QueueName = queue_name }
      }
    }
  ]...)
  visible   = "(${join(" + ", [for id in sort(keys(local.depths)) : "FILL(${id}, 0)" if startswith(id, "visible")])})"
  in_flight = "(${join(" + ", [for id in sort(keys(local.depths)) : "FILL(${id}, 0)" if startswith(id, "in_flight")])})"

  tasks = "IF(FILL(running, 0) < 1, 1, FILL(running, 0))"

  # Seconds of audio that wait, over the seconds of audio that the tasks hear in a minute.
  drain_minutes = join(" / ", [
    "${local.visible} * FILL(audio, ${local.scaling.usual_audio_seconds})",
    "(${local.scaling.audio_minutes_per_task_minute * 60} * ${local.tasks})",
  ])
  measure = local.by_time ? local.drain_minutes : "${local.visible} / ${local.tasks}"

  out_threshold = local.by_time ? local.scaling.out_drain_minutes : local.scaling.out_backlog
  in_threshold  = local.by_time ? local.scaling.in_drain_minutes : local.scaling.in_backlog

  # At zero the queue would stand still until woken: a step that could lead there is held while work is left.
  left     = "(${local.visible} + ${local.in_flight}) > 0"
  may_rest = "IF((FILL(running, 0) <= ${local.scaling.adjustment_tasks}) AND (${local.left}), ${local.in_threshold}, ${local.measure})"

  metrics = merge(local.depths, {
    running = {
      namespace  = "ECS/ContainerInsights"
      name       = "RunningTaskCount"
      stat       = "Average"
      dimensions = { ClusterName = var.cluster.name, ServiceName = aws_ecs_service.this.name }
    }
    audio = {
      namespace  = "Escriba"
      name       = "AudioSeconds"
      stat       = "Average"
      dimensions = { service = var.name }
    }
  })

  alarms = {
    out = {
      meaning   = "More work waits than the tasks of ${local.full_name} should have before them."
      measure   = local.measure
      operator  = "GreaterThanThreshold"
      threshold = local.out_threshold
      periods   = local.scaling.out_periods
    }
    in = {
      meaning   = "The tasks of ${local.full_name} have little before them."
      measure   = local.scaling.min_tasks == 0 ? local.may_rest : local.measure
      operator  = "LessThanThreshold"
      threshold = local.in_threshold
      periods   = local.scaling.in_periods
    }
    wake = {
      meaning   = "Messages wait and no task of ${local.full_name} runs."
      measure   = "IF(FILL(running, 0) < 1, ${local.visible}, 0)"
      operator  = "GreaterThanThreshold"
      threshold = 0
      periods   = 1
    }
  }
  wanted_alarms = var.autoscaling_enabled ? { for name, alarm in local.alarms : name => alarm if name != "wake" || local.scaling.min_tasks == 0 } : {}
}

resource "aws_appautoscaling_target" "tasks" {
  count = var.autoscaling_enabled ? 1 : 0

  service_namespace  = "ecs"
  scalable_dimension = "ecs:service:DesiredCount"
  resource_id        = "service/${var.cluster.name}/${aws_ecs_service.this.name}"
  min_capacity       = local.scaling.min_tasks
  max_capacity       = local.scaling.max_tasks
}

resource "aws_appautoscaling_policy" "this" {
  for_each = local.wanted_alarms

  name               = "${local.full_name}-${each.key}"
  policy_type        = "StepScaling"
  service_namespace  = aws_appautoscaling_target.tasks[0].service_namespace
  scalable_dimension = aws_appautoscaling_target.tasks[0].scalable_dimension
  resource_id        = aws_appautoscaling_target.tasks[0].resource_id

  step_scaling_policy_configuration {
    # A percentage of no tasks is none: waking adds a number.
    adjustment_type          = each.key == "wake" ? "ChangeInCapacity" : "PercentChangeInCapacity"
    min_adjustment_magnitude = each.key == "wake" ? null : local.scaling.adjustment_tasks
    metric_aggregation_type  = "Average"
    cooldown                 = each.key == "in" ? local.scaling.in_cooldown_s : local.scaling.out_cooldown_s

    step_adjustment {
      scaling_adjustment = {
        out  = local.scaling.adjustment_pct
        in   = -local.scaling.adjustment_pct
        wake = local.scaling.wake_tasks
      }[each.key]
      metric_interval_lower_bound = each.key == "in" ? null : 0
      metric_interval_upper_bound = each.key == "in" ? 0 : null
    }
  }
}

resource "aws_cloudwatch_metric_alarm" "scaling" {
  for_each = local.wanted_alarms

  alarm_name          = "${local.full_name}-scale-${each.key}"
  alarm_description   = each.value.meaning
  comparison_operator = each.value.operator
  threshold           = each.value.threshold
  evaluation_periods  = each.value.periods
  datapoints_to_alarm = each.value.periods
  treat_missing_data  = "notBreaching" # nobody scales by what isn't known
  alarm_actions       = [aws_appautoscaling_policy.this[each.key].arn]

  metric_query {
    id          = "measure"
    expression  = each.value.measure
    label       = each.value.meaning
    return_data = true
  }

  # Only metrics that the expression names: each one is paid for.
  dynamic "metric_query" {
    for_each = { for id, metric in local.metrics : id => metric if strcontains(each.value.measure, id) }

    content {
      id          = metric_query.key
      return_data = false

      metric {
        namespace   = metric_query.value.namespace
        metric_name = metric_query.value.name
        stat        = metric_query.value.stat
        period      = 60
        dimensions  = metric_query.value.dimensions
      }
    }
  }
}
