"""Application Auto Scaling: targets, policies and schedules that really scale."""
