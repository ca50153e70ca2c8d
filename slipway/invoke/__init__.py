"""Asks deployed endpoints for predictions and reads their logs, on AWS or on the local one."""
