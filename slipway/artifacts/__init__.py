"""Releases: pack, upload, register, pin, promote."""
