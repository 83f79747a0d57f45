# Who signs the tokens of signed-in users: an issuer outside, or a Cognito user pool made here.

locals {
  pool_count = var.external_issuer == null ? 1 : 0

  # Of an external issuer nothing is made: its three addresses are all that the API needs.
  issuer = var.external_issuer != null ? var.external_issuer : {
    issuer   = "https://${aws_cognito_user_pool.this[0].endpoint}"
    audience = aws_cognito_user_pool_client.web[0].id
    jwks_url = "https://${aws_cognito_user_pool.this[0].endpoint}/.well-known/jwks.json"
  }
}

resource "aws_cognito_user_pool" "this" {
  count = local.pool_count

  name                     = "${var.name_prefix}-users"
  username_attributes      = ["email"]
  auto_verified_attributes = ["email"]
  mfa_configuration        = "OPTIONAL"
  deletion_protection      = var.deletion_protection ? "ACTIVE" : "INACTIVE"

  software_token_mfa_configuration {
    enabled = true
  }

  password_policy {
    minimum_length                   = 12 # length over classes of characters: NIST SP 800-63B, 5.1.1.2
    require_lowercase                = false
    require_uppercase                = false
    require_numbers                  = false
    require_symbols                  = false
    temporary_password_validity_days = 7
  }

  account_recovery_setting {
    recovery_mechanism {
      name     = "verified_email"
      priority = 1
    }
  }
}

resource "aws_cognito_user_pool_client" "web" {
  count = local.pool_count

  name         = "${var.name_prefix}-web"
  user_pool_id = aws_cognito_user_pool.this[0].id

  # A page in a browser keeps no secret: code grant with PKCE (RFC 7636).
  generate_secret                      = false
  allowed_oauth_flows_user_pool_client = length(var.callback_urls) > 0
  allowed_oauth_flows                  = length(var.callback_urls) > 0 ? ["code"] : []
  allowed_oauth_scopes                 = length(var.callback_urls) > 0 ? ["openid", "email"] : []
  callback_urls                        = var.callback_urls
  supported_identity_providers         = ["COGNITO"]

  explicit_auth_flows           = ["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
  prevent_user_existence_errors = "ENABLED"
  enable_token_revocation       = true

  access_token_validity  = 60
  id_token_validity      = 60
  refresh_token_validity = 30

  token_validity_units {
    access_token  = "minutes"
    id_token      = "minutes"
    refresh_token = "days"
  }
}
