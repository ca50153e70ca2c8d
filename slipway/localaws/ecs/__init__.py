"""ECS: services whose tasks are real container processes behind the local load balancer."""
