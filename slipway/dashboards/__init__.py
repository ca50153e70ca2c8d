"""A deployed CloudWatch dashboard as one HTML page, and an environment's state in the terminal."""
