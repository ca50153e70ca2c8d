"""EC2: networks as records, and what is still in use."""
