"""The terraform CLI as typed calls."""
