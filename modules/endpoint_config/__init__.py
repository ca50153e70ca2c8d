"""A SageMaker endpoint configuration: variants, hosting, data capture, encryption."""
