"""SageMaker jobs that really run: training, processing, tuning. `live` is their beginning and end."""
