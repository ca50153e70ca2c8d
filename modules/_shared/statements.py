"""Statements of IAM policies, as plain dicts of literals. Pure: loads no toolkit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from modules._shared.naming import Naming

Statement = dict[str, Any]


def allow(sid: str, actions: Sequence[str], resources: str | Sequence[str], condition: Mapping[str, Any] | None = None) -> Statement:
    """An Allow statement with sorted actions. `resources`: ARNs, or a single one as it is."""
    named = resources if isinstance(resources, str) else list(resources)
    statement: Statement = {"Sid": sid, "Effect": "Allow", "Action": sorted(actions), "Resource": named}
    return {**statement, "Condition": dict(condition)} if condition else statement


def lambda_trust() -> list[Statement]:
    """Lambda takes roles of the function's own account only, and names no source that a condition could ask for."""
    return [{"Sid": "Lambda", "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}]


def service_trust(sid: str, service: str, naming: Naming, source: str) -> Statement:
    """An AWS service, such as `states.amazonaws.com`, for the one resource `source` of this account (AWS: confused deputy prevention)."""
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": service},
        "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"aws:SourceAccount": naming.account_id}, "ArnEquals": {"aws:SourceArn": source}},
    }
