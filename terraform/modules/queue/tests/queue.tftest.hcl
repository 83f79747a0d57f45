# A queue's redrive, and who is told when it stands still.

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
  mock_data "aws_region" {
    defaults = { name = "us-east-1" }
  }
}

variables {
  name = "escriba-test-transcription"
  alarm_topic_arns = {
    critical = "arn:aws:sns:us-east-1:123456789012:critical"
    warning  = "arn:aws:sns:us-east-1:123456789012:warning"
  }
}

run "a_message_falls_to_its_own_dead_letter_queue_and_from_nowhere_else" {
  assert {
    condition     = jsondecode(aws_sqs_queue.this.redrive_policy) == { deadLetterTargetArn = aws_sqs_queue.dead_letters.arn, maxReceiveCount = 10 }
    error_message = "Ten receives, then the dead-letter queue."
  }

  assert {
    condition = jsondecode(aws_sqs_queue.dead_letters.redrive_allow_policy) == {
      redrivePermission = "byQueue"
      sourceQueueArns   = ["arn:aws:sqs:us-east-1:123456789012:escriba-test-transcription"]
    }
    error_message = "Only its own queue may let messages fall there."
  }
}

run "who_is_told" {
  assert {
    condition     = keys(aws_cloudwatch_metric_alarm.this) == ["age", "dead-letter-age", "dead-letters", "depth"]
    error_message = "Age and depth of both."
  }

  assert {
    condition = (
      aws_cloudwatch_metric_alarm.this["dead-letters"].alarm_actions == toset([var.alarm_topic_arns.critical]) &&
      aws_cloudwatch_metric_alarm.this["dead-letters"].threshold == 10 &&
      aws_cloudwatch_metric_alarm.this["dead-letters"].dimensions == tomap({ QueueName = "escriba-test-transcription-dead-letters" })
    )
    error_message = "More than ten dead letters are critical."
  }
}

run "a_receive_count_that_a_reclaimed_worker_uses_up_is_refused" {
  command = plan
  variables {
    max_receive_count = 1
  }
  expect_failures = [var.max_receive_count]
}
