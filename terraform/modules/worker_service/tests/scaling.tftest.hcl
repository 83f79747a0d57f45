# How the number of tasks follows the queue, and that nothing which AWS refuses gets as far as AWS.

mock_provider "aws" {
  mock_data "aws_iam_policy_document" {
    defaults = { json = "{\"Version\":\"2012-10-17\",\"Statement\":[]}" }
  }
  mock_data "aws_caller_identity" {
    defaults = { account_id = "123456789012" }
  }
  mock_data "aws_partition" {
    defaults = { partition = "aws" }
  }
  mock_resource "aws_iam_role" {
    defaults = { arn = "arn:aws:iam::123456789012:role/worker" }
  }
  mock_resource "aws_ecs_task_definition" {
    defaults = { arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/worker:1" }
  }
  mock_resource "aws_ecr_repository" {
    defaults = { arn = "arn:aws:ecr:us-east-1:123456789012:repository/worker" }
  }
  mock_resource "aws_appautoscaling_policy" {
    defaults = { arn = "arn:aws:autoscaling:us-east-1:123456789012:scalingPolicy:1" }
  }
  mock_resource "aws_cloudwatch_log_group" {
    defaults = { arn = "arn:aws:logs:us-east-1:123456789012:log-group:worker" }
  }
}

variables {
  name_prefix = "escriba-test"
  name        = "transcriber"
  cluster     = { name = "escriba-test", arn = "arn:aws:ecs:us-east-1:123456789012:cluster/escriba-test" }
  place       = { subnet_ids = ["subnet-1", "subnet-2"], security_group_id = "sg-1", public_address = false }
  queue_names = ["escriba-test-transcription", "escriba-test-transcription-priority"]
  image_tag   = "2f6c1e0"
  size        = { cpu = 2048, memory_mib = 8192 }
  capacity    = { on_demand_base = 1, on_demand_weight = 1, spot_weight = 4 }
  scaling     = { min_tasks = 2, max_tasks = 500 }
  environment = { DRAIN_SECONDS = "45" }
  access      = [{ actions = ["sqs:SendMessage"], resources = ["arn:aws:sqs:us-east-1:123456789012:q"] }]
}

run "a_step_is_a_fifth_of_the_tasks_and_at_least_ten" {
  assert {
    condition = alltrue([
      for name, sign in { out = 1, in = -1 } :
      aws_appautoscaling_policy.this[name].step_scaling_policy_configuration[0].adjustment_type == "PercentChangeInCapacity" &&
      aws_appautoscaling_policy.this[name].step_scaling_policy_configuration[0].min_adjustment_magnitude == 10 &&
      one(aws_appautoscaling_policy.this[name].step_scaling_policy_configuration[0].step_adjustment).scaling_adjustment == sign * 20
    ])
    error_message = "Out and in: 20 %, ten tasks at least."
  }

  assert {
    condition = (
      one(aws_appautoscaling_policy.this["out"].step_scaling_policy_configuration[0].step_adjustment).metric_interval_lower_bound == "0" &&
      one(aws_appautoscaling_policy.this["in"].step_scaling_policy_configuration[0].step_adjustment).metric_interval_upper_bound == "0"
    )
    error_message = "A step reaches from the threshold to infinity."
  }
}

run "more_above_500_messages_a_task_and_fewer_below_200" {
  assert {
    condition = (
      aws_cloudwatch_metric_alarm.scaling["out"].threshold == 500 &&
      aws_cloudwatch_metric_alarm.scaling["out"].comparison_operator == "GreaterThanThreshold" &&
      aws_cloudwatch_metric_alarm.scaling["in"].threshold == 200 &&
      aws_cloudwatch_metric_alarm.scaling["in"].comparison_operator == "LessThanThreshold"
    )
    error_message = "500 and 200."
  }

  assert {
    condition = alltrue([
      for name in ["out", "in"] :
      aws_cloudwatch_metric_alarm.scaling[name].alarm_actions == toset([aws_appautoscaling_policy.this[name].arn])
    ])
    error_message = "Each alarm sets off its own policy."
  }
}

run "the_measure_is_messages_a_task_and_divides_by_one_at_rest" {
  assert {
    condition = (
      one([for query in aws_cloudwatch_metric_alarm.scaling["out"].metric_query : query.expression if query.return_data])
      == "(FILL(visible, 0) + FILL(visible_1, 0)) / IF(FILL(running, 0) < 1, 1, FILL(running, 0))"
    )
    error_message = "Visible messages of both queues over running tasks, no tasks counting as one."
  }

  assert {
    condition = {
      for query in aws_cloudwatch_metric_alarm.scaling["out"].metric_query :
      query.id => "${query.metric[0].metric_name} ${lookup(query.metric[0].dimensions, "QueueName", "")}" if query.expression == null
      } == {
      visible   = "ApproximateNumberOfMessagesVisible escriba-test-transcription"
      visible_1 = "ApproximateNumberOfMessagesVisible escriba-test-transcription-priority"
      running   = "RunningTaskCount "
    }
    error_message = "Over the metrics of the queues and of the service, and no others."
  }

  assert {
    condition     = alltrue([for alarm in aws_cloudwatch_metric_alarm.scaling : alarm.treat_missing_data == "notBreaching"])
    error_message = "What isn't known scales nothing."
  }
}

run "without_a_task_the_first_message_wakes_one" {
  variables {
    scaling = { min_tasks = 0, max_tasks = 20 }
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.scaling["wake"].threshold == 0 &&
      one([for query in aws_cloudwatch_metric_alarm.scaling["wake"].metric_query : query.expression if query.return_data])
      == "IF(FILL(running, 0) < 1, (FILL(visible, 0) + FILL(visible_1, 0)), 0)" &&
      aws_appautoscaling_policy.this["wake"].step_scaling_policy_configuration[0].adjustment_type == "ChangeInCapacity" &&
      one(aws_appautoscaling_policy.this["wake"].step_scaling_policy_configuration[0].step_adjustment).scaling_adjustment == 1
    )
    error_message = "A percentage of nothing is nothing: waking adds a task."
  }

  assert {
    condition = startswith(
      one([for query in aws_cloudwatch_metric_alarm.scaling["in"].metric_query : query.expression if query.return_data]),
      join("", [
        "IF((FILL(running, 0) <= 10) AND (",
        "((FILL(visible, 0) + FILL(visible_1, 0)) + (FILL(in_flight, 0) + FILL(in_flight_1, 0))) > 0), 200, ",
      ])
    )
    error_message = "The step that could end at zero waits until no work is left."
  }
}

run "with_a_floor_nothing_needs_waking" {
  assert {
    condition     = !contains(keys(aws_cloudwatch_metric_alarm.scaling), "wake")
    error_message = "Two tasks always run."
  }
}

run "by_drain_time_the_measure_is_minutes" {
  variables {
    scaling = { policy = "drain_time", min_tasks = 2, max_tasks = 500, audio_minutes_per_task_minute = 8 }
  }

  assert {
    condition = (
      one([for query in aws_cloudwatch_metric_alarm.scaling["out"].metric_query : query.expression if query.return_data])
      == "(FILL(visible, 0) + FILL(visible_1, 0)) * FILL(audio, 600) / (480 * IF(FILL(running, 0) < 1, 1, FILL(running, 0)))" &&
      aws_cloudwatch_metric_alarm.scaling["out"].threshold == 30 &&
      aws_cloudwatch_metric_alarm.scaling["in"].threshold == 10
    )
    error_message = "Audio that waits over what the tasks hear in a minute, against 30 and 10 minutes."
  }

  assert {
    condition = anytrue([
      for query in aws_cloudwatch_metric_alarm.scaling["out"].metric_query :
      query.metric[0].namespace == "Escriba" && query.metric[0].metric_name == "AudioSeconds" if query.id == "audio"
    ])
    error_message = "The worker itself tells how long its files are."
  }
}

run "thresholds_that_would_never_rest_are_refused" {
  command = plan
  variables {
    scaling = { min_tasks = 0, max_tasks = 20, out_backlog = 200, in_backlog = 200 }
  }
  expect_failures = [var.scaling]
}

run "a_floor_above_the_ceiling_is_refused" {
  command = plan
  variables {
    scaling = { min_tasks = 21, max_tasks = 20 }
  }
  expect_failures = [var.scaling]
}

run "an_unknown_policy_is_refused" {
  command = plan
  variables {
    scaling = { policy = "guess", min_tasks = 0, max_tasks = 20 }
  }
  expect_failures = [var.scaling]
}

run "a_task_that_fargate_does_not_have_is_refused" {
  command = plan
  variables {
    size = { cpu = 256, memory_mib = 4096 }
  }
  expect_failures = [var.size]
}

run "a_tag_that_moves_is_refused" {
  command = plan
  variables {
    image_tag = "latest"
  }
  expect_failures = [var.image_tag]
}

run "a_worker_that_is_killed_while_it_drains_is_refused" {
  command = plan
  variables {
    stop_timeout_seconds = 30
  }
  expect_failures = [var.stop_timeout_seconds]
}
