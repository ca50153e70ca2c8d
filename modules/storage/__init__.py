"""Hardened S3 buckets."""
