"""A SageMaker endpoint: rollout, roll-back alarms, log group, published name."""
