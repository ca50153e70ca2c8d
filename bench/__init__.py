"""Benchmarks: whole processes, medians, paired with the naive way in the same run. Never asserted in tests."""
