"""Run a training container on this machine as SageMaker runs a training job."""
