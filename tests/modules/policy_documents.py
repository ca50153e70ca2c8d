"""Reads IAM, bucket and key policies out of Terraform JSON and holds them to the rules."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

import botocore.session

from modules.identity.statements import UNSCOPABLE


def statements(document: str) -> dict[str, dict[str, Any]]:
    """Statements of a policy by Sid; every statement has one, and none twice."""
    policy = json.loads(document)
    assert policy["Version"] == "2012-10-17"
    found = {item["Sid"]: item for item in policy["Statement"]}
    assert len(found) == len(policy["Statement"])
    return found


def as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def assert_exact_actions(items: Iterable[dict[str, Any]]) -> None:
    """What is allowed is named action by action. A Deny may use wildcards."""
    for item in items:
        if item["Effect"] == "Allow":
            assert "NotAction" not in item
            assert not [action for action in as_list(item["Action"]) if "*" in action], item["Sid"]


def assert_scoped(items: Iterable[dict[str, Any]]) -> None:
    """Only actions that AWS cannot scope act on `*`."""
    for item in items:
        if item["Effect"] == "Allow":
            assert "NotResource" not in item
            unscoped = [arn for arn in as_list(item["Resource"]) if arn == "*" or arn.startswith("arn:aws:*")]
            assert not unscoped or set(as_list(item["Action"])) <= UNSCOPABLE, item["Sid"]


def assert_no_open_principal(items: Iterable[dict[str, Any]]) -> None:
    """Nobody anonymous is allowed anything, and services only on behalf of this account."""
    for item in items:
        if item["Effect"] != "Allow":
            continue
        principal = item["Principal"]
        assert principal != "*", item["Sid"]
        assert "*" not in as_list(principal.get("AWS", [])), item["Sid"]
        if "Service" in principal:
            assert "111111111111" in json.dumps(item["Condition"]), item["Sid"]


NO_OPERATION = frozenset({"iam:PassRole"})
"""Permissions without an operation of their own."""


def unknown_actions(items: Iterable[dict[str, Any]], models: Mapping[str, str] = {}) -> set[str]:
    """Actions that no operation of AWS has the name of: IAM ignores one, so that it would only be noticed in a real account.

    `models`: botocore's name of a service whose prefix in IAM is another one.
    """
    session, known = botocore.session.get_session(), set(NO_OPERATION)
    used = {action for item in items for action in as_list(item["Action"])}
    for service in {action.split(":")[0] for action in used}:
        known |= {f"{service}:{name}" for name in session.get_service_model(models.get(service, service)).operation_names}
    return used - known
