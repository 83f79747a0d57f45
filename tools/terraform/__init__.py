"""Looks at what Terraform would create, without AWS."""
