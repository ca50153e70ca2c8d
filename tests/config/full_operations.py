"""The operations block with every option."""

from __future__ import annotations

from typing import Any


def operations() -> dict[str, Any]:
    """A fresh copy."""
    return {
        "working_hours": {
            "stop": "cron(0 20 ? * MON-FRI *)",
            "start": "cron(0 7 ? * MON-FRI *)",
            "timezone": "Europe/Berlin",
            "endpoints": ["wine"],
        },
        "expires_at": "2036-12-31T18:00:00Z",
        "endpoint_expires_at": {"wine": "2036-06-30T18:00:00Z"},
        "budget": {
            "limit_amount": 250,
            "limit_unit": "USD",
            "time_unit": "MONTHLY",
            "thresholds": [{"type": "ACTUAL", "percentage": 80}, {"type": "FORECASTED", "percentage": 100}],
        },
        "idle_report": {"days": 14, "schedule": "rate(7 days)", "timezone": "UTC"},
        "subscribers": ["ml-platform@example.com"],
        "activate_cost_allocation_tags": True,
        "runtime": "python3.12",
        "architecture": "x86_64",
        "tracing": "PassThrough",
        "log_retention_in_days": 90,
        "permissions_boundary": "arn:aws:iam::123456789012:policy/limit",
    }
