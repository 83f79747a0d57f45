output "vault_name" {
  description = "Where the copies lie."
  value       = aws_backup_vault.this.name
}
