"""Slipway: run models on SageMaker with Terraform, from one YAML file per environment."""
