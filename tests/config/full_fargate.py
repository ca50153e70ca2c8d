"""A model on Fargate, for `full`. Its options one by one: tests/modules/fargate_endpoint."""

from __future__ import annotations

from typing import Any


def tasks() -> dict[str, Any]:
    """A fresh copy of the endpoint `tasks`."""
    tracking = {"kind": "target_tracking", "name": "requests", "metric": "ALBRequestCountPerTarget", "target_value": 600.5}
    return {
        "hosting": {"kind": "fargate", "cpu": 2048, "memory": 8192},
        "model": "wine",
        "desired_count": 3,
        "autoscaling": {"min_capacity": 2, "max_capacity": 6, "policies": [tracking]},
        "deployment": {"maximum_percent": 150},
        "health_check": {"command": ["CMD-SHELL", "exit 0"]},
        "alarms": {"target_response_time": {"extended_statistic": "p99.9", "threshold": 0.75}, "unhealthy_hosts": {"threshold": 2}},
        "load_balancer": {"algorithm": "least_outstanding_requests", "access_logs": True},
    }
