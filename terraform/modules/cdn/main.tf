# CloudFront before the buckets: transcripts for holders of a signed URL, the web page for everybody.
# The buckets stay closed; their policies let these distributions read (output distribution_arns).

locals {
  buckets = merge(
    { transcripts = merge(var.buckets.transcripts, { signed = true, root = null, cached = false }) },
    var.buckets.web == null ? {} : { web = merge(var.buckets.web, { signed = false, root = "index.html", cached = true }) },
  )
}

# AWS's own policies have fixed ids:
# https://docs.aws.amazon.com/AmazonCloudFront/latest/DeveloperGuide/using-managed-cache-policies.html
locals {
  caching_optimized = "658327ea-f89d-4fab-a63d-7e88639e58f6"
  caching_disabled  = "4135ea2d-6df8-44a3-9df3-4b5a84be39ad"
  security_headers  = "67f7725c-6f97-4210-82d7-5512b31e9d03"
}

resource "aws_cloudfront_origin_access_control" "this" {
  for_each = local.buckets

  name                              = "${var.name_prefix}-${each.key}"
  description                       = "Reads ${each.value.name}."
  origin_access_control_origin_type = "s3"
  signing_behavior                  = "always"
  signing_protocol                  = "sigv4"
}

resource "aws_cloudfront_distribution" "this" {
  for_each = local.buckets

  comment             = "${var.name_prefix}-${each.key}"
  enabled             = true
  is_ipv6_enabled     = true
  http_version        = "http2and3"
  price_class         = var.price_class
  default_root_object = each.value.root
  web_acl_id          = aws_wafv2_web_acl.this.arn

  origin {
    origin_id                = each.key
    domain_name              = each.value.regional_domain_name
    origin_access_control_id = aws_cloudfront_origin_access_control.this[each.key].id
  }

  default_cache_behavior {
    target_origin_id           = each.key
    viewer_protocol_policy     = "redirect-to-https"
    allowed_methods            = ["GET", "HEAD"]
    cached_methods             = ["GET", "HEAD"]
    compress                   = true
    cache_policy_id            = each.value.cached ? local.caching_optimized : local.caching_disabled
    response_headers_policy_id = local.security_headers

    # A deleted transcript must be gone at once: none is cached.
    trusted_key_groups = each.value.signed ? [aws_cloudfront_key_group.signers.id] : []
  }

  restrictions {
    geo_restriction {
      restriction_type = "none"
    }
  }

  viewer_certificate {
    cloudfront_default_certificate = true
  }
}

resource "aws_cloudfront_public_key" "signer" {
  name        = "${var.name_prefix}-signer"
  comment     = "Checks signed URLs."
  encoded_key = var.signing_public_key_pem
}

resource "aws_cloudfront_key_group" "signers" {
  name    = "${var.name_prefix}-signers"
  comment = "Whose signatures are taken. Holds two keys while one replaces the other."
  items   = [aws_cloudfront_public_key.signer.id]
}
