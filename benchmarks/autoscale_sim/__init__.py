"""Replays a day of files through the scaling rules of Terraform's plan, and says what it costs."""
