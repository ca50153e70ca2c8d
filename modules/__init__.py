"""What can be built: one folder per module. See docs/architecture.md."""
