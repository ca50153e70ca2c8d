"""API Gateway's REST APIs: requests to a stage pass the service's rules and reach a function."""
