"""A model in a Lambda function made of its container image."""
