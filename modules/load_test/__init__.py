"""Load testers that run in Lambda."""
