"""What happens between SageMaker's /opt/ml tree and a user's training program."""
