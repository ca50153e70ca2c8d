"""CloudWatch alarms of endpoints, functions, services, API and state lock."""
