"""EventBridge and its Scheduler: rules, schedules, and delivery to targets."""
