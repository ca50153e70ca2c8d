"""A SageMaker model: one container, an inference pipeline or a multi-model container."""
