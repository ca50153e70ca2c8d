"""CloudWatch dashboards generated from what is deployed."""
