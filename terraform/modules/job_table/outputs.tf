output "name" {
  description = "The table's name."
  value       = aws_dynamodb_table.this.name
}

output "arn" {
  description = "The table, as policies name it."
  value       = aws_dynamodb_table.this.arn
}

output "access" {
  description = "What a policy grants, by the adapter that needs it: the file's name in shared/aws."
  value = {
    for adapter, actions in local.actions : adapter => [{
      actions   = [for action in actions : "dynamodb:${action}"]
      resources = contains(actions, "Query") ? concat([aws_dynamodb_table.this.arn], local.indexes) : [aws_dynamodb_table.this.arn]
    }]
  }
}
