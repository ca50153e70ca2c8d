"""SNS topics of alarms, one for each severity."""
