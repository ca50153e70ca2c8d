"""Saved Logs Insights queries over the log groups of what is deployed."""
