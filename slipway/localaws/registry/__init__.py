"""SageMaker's model registry: model package groups, their versions, approval and the event it sends."""
