output "sender" {
  description = "The address that mail comes from."
  value       = "${var.sender_local_part}@${var.domain}"
}

output "sender_arn" {
  description = "The identity that a sender must be allowed to use."
  value       = aws_sesv2_email_identity.domain.arn
}

output "configuration_set_name" {
  description = "What mail is sent under; the identity's default, so senders need not name it."
  value       = aws_sesv2_configuration_set.this.configuration_set_name
}

output "configuration_set_arn" {
  description = "Sending under a configuration set needs a right on it too."
  value       = aws_sesv2_configuration_set.this.arn
}

output "events_topic_arn" {
  description = "Tells of bounces and complaints."
  value       = aws_sns_topic.events.arn
}

output "dns_records" {
  description = "What the domain's zone must hold where zone_id is null."
  value       = local.dns_records
}
