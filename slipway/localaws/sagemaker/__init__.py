"""SageMaker's models, endpoint configurations and endpoints, as its API answers. The containers are in hosting/."""
