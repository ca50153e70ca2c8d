"""One KMS key for each purpose."""
