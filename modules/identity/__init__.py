"""IAM roles: for models, and for the people and pipelines that deploy."""
