"""The load: requests with known answers, and a generator that checks every answer it gets."""
