"""What runs in Lambda: one load tester. Uses the standard library, boto3 and botocore, and nothing that loads the toolkit."""
