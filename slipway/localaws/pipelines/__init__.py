"""SageMaker Pipelines that really run: a definition, step by step, by the local AWS's own jobs. `api` has the actions."""
