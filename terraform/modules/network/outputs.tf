output "vpc_id" {
  description = "The network."
  value       = aws_vpc.this.id
}

output "private" {
  description = "Where workers live that speak to AWS alone."
  value = {
    subnet_ids        = [for subnet in aws_subnet.private : subnet.id]
    security_group_id = aws_security_group.workers["private"].id
    public_address    = false
  }
}

output "public" {
  description = "Where workers live that speak to the internet; nobody can speak to them."
  value = {
    subnet_ids        = [for subnet in aws_subnet.public : subnet.id]
    security_group_id = aws_security_group.workers["public"].id
    public_address    = true
  }
}
