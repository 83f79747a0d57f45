# Mail by SES: a domain that is ours, signed by DKIM, and a topic that hears of bounces and complaints.
# The templates of mails are code (services/notifier/templates).

locals {
  mail_from_domain = "bounce.${var.domain}"

  dkim_records = [
    for token in aws_sesv2_email_identity.domain.dkim_signing_attributes[0].tokens : {
      name  = "${token}._domainkey.${var.domain}"
      type  = "CNAME"
      value = "${token}.dkim.amazonses.com"
    }
  ]
  dmarc_record = { name = "_dmarc.${var.domain}", type = "TXT", value = "v=DMARC1; p=quarantine" }
  mail_from_records = var.mail_from_enabled ? [
    { name = local.mail_from_domain, type = "MX", value = "10 feedback-smtp.${data.aws_region.current.name}.amazonses.com" },
    { name = local.mail_from_domain, type = "TXT", value = "v=spf1 include:amazonses.com ~all" },
  ] : []
  dns_records = concat(local.dkim_records, [local.dmarc_record], local.mail_from_records)
}

data "aws_region" "current" {}

resource "aws_sesv2_email_identity" "domain" {
  email_identity         = var.domain
  configuration_set_name = aws_sesv2_configuration_set.this.configuration_set_name

  dkim_signing_attributes {
    next_signing_key_length = "RSA_2048_BIT"
  }
}

resource "aws_sesv2_email_identity_mail_from_attributes" "domain" {
  count = var.mail_from_enabled ? 1 : 0

  email_identity         = aws_sesv2_email_identity.domain.email_identity
  mail_from_domain       = local.mail_from_domain
  behavior_on_mx_failure = "USE_DEFAULT_VALUE" # a mail from amazonses.com rather than none
}

resource "aws_sesv2_configuration_set" "this" {
  configuration_set_name = "${var.name_prefix}-mail"

  delivery_options {
    tls_policy = "REQUIRE"
  }

  reputation_options {
    reputation_metrics_enabled = true
  }

  sending_options {
    sending_enabled = true
  }

  # An address that bounced for good or complained is not written to again.
  suppression_options {
    suppressed_reasons = ["BOUNCE", "COMPLAINT"]
  }
}

resource "aws_sesv2_configuration_set_event_destination" "feedback" {
  configuration_set_name = aws_sesv2_configuration_set.this.configuration_set_name
  event_destination_name = "feedback"

  event_destination {
    enabled              = true
    matching_event_types = ["BOUNCE", "COMPLAINT", "REJECT"]

    sns_destination {
      topic_arn = aws_sns_topic.events.arn
    }
  }

  depends_on = [aws_sns_topic_policy.events] # SES tries to publish when the destination is made
}

resource "aws_sns_topic" "events" {
  # checkov:skip=CKV_AWS_26: SES publishes under no key of AWS's own, and the events hold no audio or text
  name = "${var.name_prefix}-mail-events"
}

data "aws_iam_policy_document" "events" {
  statement {
    sid       = "SesPublishes"
    actions   = ["sns:Publish"]
    resources = [aws_sns_topic.events.arn]

    principals {
      type        = "Service"
      identifiers = ["ses.amazonaws.com"]
    }

    condition {
      test     = "StringEquals"
      variable = "AWS:SourceArn"
      values   = [aws_sesv2_configuration_set.this.arn]
    }
  }
}

resource "aws_sns_topic_policy" "events" {
  arn    = aws_sns_topic.events.arn
  policy = data.aws_iam_policy_document.events.json
}

resource "aws_sns_topic_subscription" "feedback" {
  count = var.feedback_email == null ? 0 : 1

  topic_arn = aws_sns_topic.events.arn
  protocol  = "email"
  endpoint  = var.feedback_email
}

resource "aws_route53_record" "dkim" {
  count = var.zone_id == null ? 0 : 3 # SES gives three tokens, known only once the identity is made

  zone_id = var.zone_id
  name    = local.dkim_records[count.index].name
  type    = "CNAME"
  ttl     = 1800
  records = [local.dkim_records[count.index].value]
}

resource "aws_route53_record" "others" {
  for_each = var.zone_id == null ? {} : {
    for record in concat([local.dmarc_record], local.mail_from_records) : "${record.name} ${record.type}" => record
  }

  zone_id = var.zone_id
  name    = each.value.name
  type    = each.value.type
  ttl     = 1800
  records = [each.value.value]
}
