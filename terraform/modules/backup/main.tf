# Copies of the table in a vault of their own: point-in-time recovery undoes a mistake within 35 days, a copy
# also outlives the table. Audio and outputs are not copied: their owners have the one, and deletion of both
# is promised.

resource "aws_backup_vault" "this" {
  name          = "${var.name_prefix}-records"
  force_destroy = var.force_destroy
}

resource "aws_backup_plan" "this" {
  name = "${var.name_prefix}-records"

  rule {
    rule_name         = "daily"
    target_vault_name = aws_backup_vault.this.name
    schedule          = var.schedule
    start_window      = 60
    completion_window = 480

    lifecycle {
      delete_after = var.retention_days
    }
  }
}

resource "aws_backup_selection" "table" {
  name         = "records"
  plan_id      = aws_backup_plan.this.id
  iam_role_arn = aws_iam_role.this.arn
  resources    = [var.table_arn]
}

data "aws_partition" "current" {}

data "aws_iam_policy_document" "assumed_by_backup" {
  statement {
    actions = ["sts:AssumeRole"]

    principals {
      type        = "Service"
      identifiers = ["backup.amazonaws.com"]
    }
  }
}

resource "aws_iam_role" "this" {
  name               = "${var.name_prefix}-backup"
  assume_role_policy = data.aws_iam_policy_document.assumed_by_backup.json
}

# What Backup needs of a table is a list of AWS's own that grows with the service.
resource "aws_iam_role_policy_attachment" "this" {
  role       = aws_iam_role.this.name
  policy_arn = "arn:${data.aws_partition.current.partition}:iam::aws:policy/service-role/AWSBackupServiceRolePolicyForBackup"
}
