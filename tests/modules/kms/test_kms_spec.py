"""Options of a key: what is refused, in which words, and what is taken."""

from __future__ import annotations

from typing import Any

import pytest

from modules._shared.naming import Naming
from modules.kms.spec import KeySpec, key_alias
from tests.modules.support import messages


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"deletion_window_in_days": 7},
        {"deletion_window_in_days": 30},
        {"rotation_period_in_days": 90},
        {"rotation_period_in_days": 2560},
    ],
)
def test_taken(options: dict[str, Any]) -> None:
    assert messages(KeySpec, options) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"deletion_window_in_days": 6}, "deletion_window_in_days: Input should be greater than or equal to 7"),
        ({"deletion_window_in_days": 31}, "deletion_window_in_days: Input should be less than or equal to 30"),
        ({"deletion_window_in_days": "7"}, "deletion_window_in_days: Input should be a valid integer"),
        ({"rotation_period_in_days": 89}, "rotation_period_in_days: Input should be greater than or equal to 90"),
        ({"rotation_period_in_days": 2561}, "rotation_period_in_days: Input should be less than or equal to 2560"),
        ({"enable_key_rotation": False}, "enable_key_rotation: Extra inputs are not permitted"),
        ({"purpose": "logs"}, "purpose: Extra inputs are not permitted"),
    ],
)
def test_refused(options: dict[str, Any], message: str) -> None:
    assert messages(KeySpec, options) == [message]


def test_alias_names_project_environment_and_purpose() -> None:
    assert key_alias(Naming("slipway", "prod", "333333333333", "eu-west-1"), "logs") == "alias/slipway-prod-logs"
