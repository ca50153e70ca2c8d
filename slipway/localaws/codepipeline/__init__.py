"""CodePipeline: pipelines whose executions really run: sources, builds, approvals."""
