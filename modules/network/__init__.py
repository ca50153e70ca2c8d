"""The VPC that models join."""
