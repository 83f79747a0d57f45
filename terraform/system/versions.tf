terraform {
  required_version = ">= 1.11" # write-only arguments: secrets that no state holds

  required_providers {
    aws = {
      source                = "hashicorp/aws"
      version               = "~> 5.100"
      configuration_aliases = [aws.us_east_1] # CloudFront's firewall lives there
    }
  }
}
