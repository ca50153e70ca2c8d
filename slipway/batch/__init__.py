"""Batch transform jobs: started, followed, and explained record by record when some fail."""
