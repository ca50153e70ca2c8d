"""SageMaker's container contract as a list of checks, the case files they use, and the reports they give."""
