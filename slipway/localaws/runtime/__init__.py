"""SageMaker runtime: invocations of endpoints, and everything AWS does beside them."""
