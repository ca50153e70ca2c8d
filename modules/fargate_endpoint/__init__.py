"""A model on ECS Fargate behind an internal load balancer."""
