"""A model that scores files by batch transform jobs."""
