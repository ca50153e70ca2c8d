"""Stopping, starting and watching the endpoints of an environment, as a person does it from a laptop."""
