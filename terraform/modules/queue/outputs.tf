output "name" {
  description = "The queue's name."
  value       = aws_sqs_queue.this.name
}

output "url" {
  description = "Where messages are sent and received."
  value       = aws_sqs_queue.this.url
}

output "arn" {
  description = "The queue, as policies name it."
  value       = aws_sqs_queue.this.arn
}

output "dead_letter_name" {
  description = "The dead-letter queue's name."
  value       = aws_sqs_queue.dead_letters.name
}

output "dead_letter_url" {
  description = "Where messages go that nobody can do anything with."
  value       = aws_sqs_queue.dead_letters.url
}

output "access" {
  description = "What a policy grants: send (SqsSender), work (SqsQueue, with its dead-letter queue). See shared/aws/queue.py."
  value = {
    send = [{ actions = ["sqs:SendMessage"], resources = [aws_sqs_queue.this.arn] }]
    work = [
      {
        actions = [
          "sqs:SendMessage", "sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:ChangeMessageVisibility",
        ]
        resources = [aws_sqs_queue.this.arn]
      },
      { actions = ["sqs:SendMessage"], resources = [aws_sqs_queue.dead_letters.arn] },
    ]
  }
}
