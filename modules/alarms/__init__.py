"""CloudWatch alarms of endpoints, API, function and state lock."""
