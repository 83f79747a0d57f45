# The one table: every record of the system (docs/architecture.md).

resource "aws_dynamodb_table" "this" {
  name                        = var.name
  billing_mode                = "PAY_PER_REQUEST"
  hash_key                    = "PK"
  range_key                   = "SK"
  deletion_protection_enabled = var.deletion_protection

  dynamic "attribute" {
    for_each = toset(["PK", "SK", "userId", "status", "createdAt"])

    content {
      name = attribute.value
      type = "S"
    }
  }

  global_secondary_index {
    name            = "user-jobs-index"
    hash_key        = "userId"
    range_key       = "createdAt"
    projection_type = "ALL"
  }

  # Keys alone: a sweep reads thousands of these, and the few it acts on it reads from the table.
  global_secondary_index {
    name            = "status-created-index"
    hash_key        = "status"
    range_key       = "createdAt"
    projection_type = "KEYS_ONLY"
  }

  ttl {
    attribute_name = "ttl"
    enabled        = true
  }

  point_in_time_recovery {
    enabled = var.point_in_time_recovery
  }

  dynamic "server_side_encryption" {
    for_each = var.kms_key_arn == null ? [] : [var.kms_key_arn]

    content {
      enabled     = true
      kms_key_arn = server_side_encryption.value
    }
  }
}

locals {
  indexes = [for index in ["user-jobs-index", "status-created-index"] : "${aws_dynamodb_table.this.arn}/index/${index}"]

  # As the docstrings of shared/aws declare, adapter by adapter.
  actions = {
    api_key_store     = ["GetItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"]
    bookmarks         = ["GetItem", "UpdateItem"]
    connection_store  = ["GetItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem"]
    chunk_store       = ["Query", "PutItem", "UpdateItem", "DeleteItem"]
    counters          = ["GetItem", "UpdateItem"]
    erasure_store     = ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"]
    file_store        = ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"]
    idempotency_store = ["UpdateItem", "DeleteItem"]
    job_slots         = ["UpdateItem"]
    batch_store       = ["GetItem", "BatchGetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"]
    job_store         = ["GetItem", "BatchGetItem", "PutItem", "UpdateItem", "Query"]
    notice_log        = ["UpdateItem", "BatchGetItem"]
    step_store        = ["Query", "PutItem", "UpdateItem", "DeleteItem"]
    user_directory    = ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"]
    webhook_store     = ["GetItem", "PutItem", "UpdateItem", "DeleteItem", "Query"]
  }
}
