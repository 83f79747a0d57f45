# Made by AWS, handed over in one go, and kept in no state: an ephemeral value in a write-only argument.
ephemeral "aws_secretsmanager_random_password" "link_signing_key" {
  password_length     = 64
  exclude_punctuation = true
}

resource "aws_secretsmanager_secret" "link_signing_key" {
  name                    = "${var.name_prefix}/link-signing-key"
  description             = "Signs the links of e-mails. The API and the notifier read it."
  recovery_window_in_days = var.protected ? 30 : 0
}

# A new version number makes a new key. The one before stays readable (AWSPREVIOUS): links and webhooks' secrets
# that it made are still good (docs/runbook.md).
resource "aws_secretsmanager_secret_version" "link_signing_key" {
  secret_id                = aws_secretsmanager_secret.link_signing_key.id
  secret_string_wo         = ephemeral.aws_secretsmanager_random_password.link_signing_key.random_password
  secret_string_wo_version = var.link_signing_key_version
}
