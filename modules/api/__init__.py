"""The API front door."""
