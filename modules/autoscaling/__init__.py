"""Automatic scaling of one endpoint variant."""
