"""Options of a repository: what is refused, in which words, and what is taken."""

from __future__ import annotations

from typing import Any

import pytest

from modules._shared.naming import Naming
from modules.registry.spec import RegistrySpec
from tests.modules.support import messages

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"repository": "team/inference.v2"},
        {"force_delete": True},
        {"build_images_kept": 1000, "untagged_expiration_days": 1},
        {"pull_principals": ["arn:aws:iam::222222222222:root", "arn:aws:iam::222222222222:role/path/puller"]},
    ],
)
def test_taken(options: dict[str, Any]) -> None:
    assert messages(RegistrySpec, options) == []


@pytest.mark.parametrize(
    ("options", "start"),
    [
        ({"repository": "Upper"}, "repository: String should match pattern"),
        ({"repository": "a"}, "repository: String should have at least 2 characters"),
        ({"repository": "a//b"}, "repository: String should match pattern"),
        ({"repository": "${var.name}"}, "repository: String should match pattern"),
        ({"build_images_kept": 0}, "build_images_kept: Input should be greater than or equal to 1"),
        ({"build_images_kept": 1001}, "build_images_kept: Input should be less than or equal to 1000"),
        ({"untagged_expiration_days": 0}, "untagged_expiration_days: Input should be greater than or equal to 1"),
        ({"force_delete": "yes"}, "force_delete: Input should be a valid boolean"),
        ({"pull_principals": ["*"]}, "pull_principals.0: String should match pattern"),
        ({"pull_principals": ["222222222222"]}, "pull_principals.0: String should match pattern"),
        ({"pull_principals": ["arn:aws:iam::222222222222:role/*"]}, "pull_principals.0: String should match pattern"),
        ({"image_tag_mutability": "MUTABLE"}, "image_tag_mutability: Extra inputs are not permitted"),
    ],
)
def test_refused(options: dict[str, Any], start: str) -> None:
    (message,) = messages(RegistrySpec, options)
    assert message.startswith(start)


def test_name_is_the_environments_unless_given() -> None:
    assert RegistrySpec().repository_name(NAMING, "inference") == "slipway-test-inference"
    assert RegistrySpec(repository="team/inference").repository_name(NAMING, "inference") == "team/inference"
