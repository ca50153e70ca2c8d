"""Schedules, time to live, budget and idle report of an environment."""
