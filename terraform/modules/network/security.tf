resource "aws_security_group" "endpoints" {
  name        = "${var.name_prefix}-endpoints"
  description = "Interface endpoints: taken to from inside the network alone."
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name_prefix}-endpoints" }
}

resource "aws_vpc_security_group_ingress_rule" "endpoints" {
  security_group_id = aws_security_group.endpoints.id
  description       = "HTTPS from the network"
  cidr_ipv4         = aws_vpc.this.cidr_block
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_security_group" "workers" {
  for_each = toset(["private", "public"])

  name        = "${var.name_prefix}-${each.value}-workers"
  description = "Workers in ${each.value} subnets: nobody calls them."
  vpc_id      = aws_vpc.this.id

  tags = { Name = "${var.name_prefix}-${each.value}-workers" }
}

# The private route table leads to endpoints alone, so this reaches AWS and nothing else there; in the public
# one it is what webhooks need.
resource "aws_vpc_security_group_egress_rule" "https" {
  for_each = aws_security_group.workers

  security_group_id = each.value.id
  description       = "HTTPS to wherever the route table leads"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}
