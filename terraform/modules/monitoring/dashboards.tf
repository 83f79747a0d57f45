# Four dashboards, two graphs a row. Names in the namespace Escriba are those of shared/metrics.py; a test
# holds them to it.
#
# A graph has one line for each of its metrics of each of the things that it is `of`. Where every metric is of
# another service, `of` names the metrics too (and `metrics` is left out).

data "aws_region" "current" {}

locals {
  # What metrics are of: dimensions, as dashboards write them.
  of = {
    api          = [["ApiId", var.api.api_id, "Stage", var.api.stage_name]]
    functions    = [for name in var.api.function_names : ["FunctionName", name]]
    queues       = [for queue in var.queues : ["QueueName", queue.name]]
    dead_letters = [for queue in var.queues : ["QueueName", queue.dead_letter_name]]
    table        = [["TableName", var.job_table_name]]
    workers      = [for service in var.services : ["ClusterName", service.cluster_name, "ServiceName", service.service_name]]
    transcriber  = [["service", "transcriber"]]
    router       = [["service", "router"]]
    notifier     = [["service", "notifier"]]
    ended = [
      ["JobsCreated", "service", "api"],
      ["JobsCompleted", "service", "transcriber"],
      ["JobsFailed", "service", "transcriber"],
      ["JobsExpired", "service", "reconciler"],
    ]
    set_right = [
      ["TriesFailed", "service", "transcriber"],
      ["JobsResumed", "service", "reconciler"],
      ["NoticesRepeated", "service", "reconciler"],
      ["MessagesDeadLettered", "service", "transcriber"],
    ]
  }

  graphs = {
    operations = [
      { title = "Messages waiting", stat = "Maximum", namespace = "AWS/SQS", metrics = ["ApproximateNumberOfMessagesVisible"], of = local.of.queues },
      { title = "Oldest message (s)", stat = "Maximum", namespace = "AWS/SQS", metrics = ["ApproximateAgeOfOldestMessage"], of = local.of.queues },
      { title = "Dead letters", stat = "Maximum", namespace = "AWS/SQS", metrics = ["ApproximateNumberOfMessagesVisible"], of = local.of.dead_letters },
      { title = "Workers running", stat = "Average", namespace = "ECS/ContainerInsights", metrics = ["RunningTaskCount"], of = local.of.workers },
      { title = "The API's answers", stat = "Sum", namespace = "AWS/ApiGateway", metrics = ["Count", "4xx", "5xx"], of = local.of.api },
      { title = "Functions: errors and throttles", stat = "Sum", namespace = "AWS/Lambda", metrics = ["Errors", "Throttles"], of = local.of.functions },
      { title = "Tried again, set right again", stat = "Sum", namespace = "Escriba", of = local.of.set_right },
      { title = "The table's throttles", stat = "Sum", namespace = "AWS/DynamoDB", metrics = ["ReadThrottleEvents", "WriteThrottleEvents"], of = local.of.table },
    ]
    business = [
      { title = "Jobs", stat = "Sum", namespace = "Escriba", of = local.of.ended },
      { title = "Audio transcribed (s)", stat = "Sum", namespace = "Escriba", metrics = ["AudioSeconds"], of = local.of.transcriber },
      { title = "Uploads refused", stat = "Sum", namespace = "Escriba", metrics = ["UploadsRejected", "EventsDropped"], of = local.of.router },
      { title = "Owners told", stat = "Sum", namespace = "Escriba", metrics = ["NoticesSent"], of = local.of.notifier },
      { title = "Confidence", stat = "Average", namespace = "Escriba", metrics = ["Confidence", "LanguageConfidence", "SpeechShare"], of = local.of.transcriber },
      { title = "Doubtful transcripts", stat = "Sum", namespace = "Escriba", metrics = ["TranscriptsPoor", "SegmentsFlagged", "SegmentsRedecoded"], of = local.of.transcriber },
    ]
    performance = [
      { title = "Wait for a worker, p99 (ms)", stat = "p99", namespace = "Escriba", metrics = ["QueueWait"], of = local.of.transcriber },
      { title = "Work on a job, p99 (ms)", stat = "p99", namespace = "Escriba", metrics = ["JobTime"], of = local.of.transcriber },
      { title = "Stages of a job, p50 (ms)", stat = "p50", namespace = "Escriba", metrics = ["DecodeTime", "InferenceTime", "StoreTime"], of = local.of.transcriber },
      { title = "Seconds of inference for one of audio, p50", stat = "p50", namespace = "Escriba", metrics = ["RealTimeFactor"], of = local.of.transcriber },
      { title = "Claims until a job is done, at most", stat = "Maximum", namespace = "Escriba", metrics = ["Attempts"], of = local.of.transcriber },
      { title = "Long audio", stat = "Sum", namespace = "Escriba", metrics = ["JobsSplit", "ChunksCompleted"], of = local.of.transcriber },
      { title = "The API, p99 (ms)", stat = "p99", namespace = "AWS/ApiGateway", metrics = ["Latency", "IntegrationLatency"], of = local.of.api },
      { title = "Functions, p99 (ms)", stat = "p99", namespace = "AWS/Lambda", metrics = ["Duration"], of = local.of.functions },
      { title = "Loading the model (ms)", stat = "Maximum", namespace = "Escriba", metrics = ["ModelLoadTime"], of = local.of.transcriber },
      { title = "Workers' processors (%)", stat = "Average", namespace = "AWS/ECS", metrics = ["CPUUtilization"], of = local.of.workers },
    ]
    cost = [
      { title = "Workers running", stat = "Average", namespace = "ECS/ContainerInsights", metrics = ["RunningTaskCount"], of = local.of.workers },
      { title = "Workers' processors (%)", stat = "Average", namespace = "AWS/ECS", metrics = ["CPUUtilization"], of = local.of.workers },
      { title = "Dollars of jobs' work", stat = "Sum", namespace = "Escriba", metrics = ["JobCost"], of = local.of.transcriber },
      { title = "Audio transcribed (s)", stat = "Sum", namespace = "Escriba", metrics = ["AudioSeconds"], of = local.of.transcriber },
      { title = "The table's capacity used", stat = "Sum", namespace = "AWS/DynamoDB", metrics = ["ConsumedReadCapacityUnits", "ConsumedWriteCapacityUnits"], of = local.of.table },
      { title = "Messages sent", stat = "Sum", namespace = "AWS/SQS", metrics = ["NumberOfMessagesSent"], of = local.of.queues },
      { title = "Functions: calls", stat = "Sum", namespace = "AWS/Lambda", metrics = ["Invocations"], of = local.of.functions },
    ]
  }
}

resource "aws_cloudwatch_dashboard" "this" {
  for_each = local.graphs

  dashboard_name = "${var.name_prefix}-${each.key}"
  dashboard_body = jsonencode({
    widgets = [
      for index, graph in each.value : {
        type   = "metric"
        x      = index % 2 * 12
        y      = floor(index / 2) * 6
        width  = 12
        height = 6
        properties = {
          title  = graph.title
          region = data.aws_region.current.name
          view   = "timeSeries"
          stat   = graph.stat
          period = 300
          metrics = can(graph.metrics) ? [
            for pair in setproduct(graph.metrics, graph.of) : concat([graph.namespace, pair[0]], pair[1])
          ] : [for line in graph.of : concat([graph.namespace], line)]
        }
      }
    ]
  })
}
