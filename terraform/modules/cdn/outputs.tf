output "domain" {
  description = "The host that serves transcripts to holders of a signed URL."
  value       = aws_cloudfront_distribution.this["transcripts"].domain_name
}

output "web_domain" {
  description = "The host of the web page; null without one."
  value       = one([for key, one in aws_cloudfront_distribution.this : one.domain_name if key == "web"])
}

output "distribution_arns" {
  description = "The distributions, by bucket: what each bucket's policy must let read."
  value       = { for key, distribution in aws_cloudfront_distribution.this : key => distribution.arn }
}

output "key_group_id" {
  description = "The keys whose signatures are taken."
  value       = aws_cloudfront_key_group.signers.id
}

output "public_key_id" {
  description = "The Key-Pair-Id of a signed URL."
  value       = aws_cloudfront_public_key.signer.id
}
