"""Environment files: load, merge, validate."""
