"""A SageMaker Pipeline that trains, evaluates and registers a model, and what starts it."""
