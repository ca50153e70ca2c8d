"""Stacks: modules put together, one file per layer."""
