output "environment" {
  description = "What a process outside the cloud must be told to work on it: the resources' names and URLs."
  value = merge(
    {
      JOB_TABLE_NAME         = module.job_table.name
      AUDIO_BUCKET_NAME      = module.storage.buckets.audio.name
      TRANSCRIPT_BUCKET_NAME = module.storage.buckets.transcripts.name
      MAIL_FROM              = module.email.sender
    },
    { for kind, queue in module.queue : "${upper(replace(kind, "-", "_"))}_QUEUE_URL" => queue.url },
    { for kind, queue in module.queue : "${upper(replace(kind, "-", "_"))}_DEAD_LETTER_QUEUE_URL" => queue.dead_letter_url },
  )
}

output "api_url" {
  description = "Where callers reach the API."
  value       = module.api.api_url
}

output "websocket_url" {
  description = "Where callers open WebSockets for live progress."
  value       = module.api.websocket_url
}

output "repository_urls" {
  description = "Where each service's images are pushed to."
  value = merge(
    { for name, worker in local.workers : name => worker.repository_url },
    { api_lambda = module.api_images.url, xray-daemon = module.xray_images.url },
  )
}

output "dns_records" {
  description = "What the mail domain's zone must hold where it isn't written by Terraform."
  value       = module.email.dns_records
}

output "settings" {
  description = "The variables that each process finds in its environment: tests hold them to what its code reads."
  value       = merge(module.api.settings, { for name, worker in local.workers : name => worker.settings })
}

output "dashboard_metrics" {
  description = "What the dashboards show, by dashboard (modules/monitoring)."
  value       = module.monitoring.dashboard_metrics
}
