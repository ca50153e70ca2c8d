"""CloudWatch: metrics, what is asked of them, alarms and dashboards."""
