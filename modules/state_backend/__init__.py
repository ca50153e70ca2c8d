"""The environment's own Terraform state: bucket, lock table and key."""
