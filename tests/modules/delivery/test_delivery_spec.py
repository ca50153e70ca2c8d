"""Deliveries that make no sense cannot be written."""

from __future__ import annotations

from typing import Any

import pytest

from modules._shared.naming import Naming
from modules.delivery.spec import DeliverySpec, connection_name, project_name, role_name
from tests.modules.delivery.definition import CASES, LEAST
from tests.modules.support import messages

ENVIRONMENT = {"name": "dev", "cases": CASES}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"environments": []}, "environments: "),
        ({"environments": [ENVIRONMENT, ENVIRONMENT]}, "Value error, environments: dev stands there twice"),
        ({"environments": [{"name": "dev", "cases": {}}]}, "environments.0.cases: Dictionary should have at least 1 item"),
        ({"environments": [{**ENVIRONMENT, "approval_timeout_in_minutes": 4}]}, "environments.0.approval_timeout_in_minutes: "),
        ({"environments": [{"name": "dev", "cases": {"wine": "x/../../y.yaml"}}]}, "a path cannot lead out of the project"),
        ({"environments": [{"name": "dev", "cases": {"wine": "x.yaml; rm -rf /"}}]}, "environments.0.cases.wine: String should match"),
        ({"repository": "models"}, "repository: String should match"),
        ({"repository": "o/r; x"}, "repository: String should match"),
        ({"branch": "-f"}, "branch: String should match"),
        ({"branch": "$(x)"}, "branch: String should match"),
        ({"test_command": "make test; curl x"}, "test_command: String should match"),
        ({"provider_type": "CodeCommit"}, "provider_type: Input should be"),
        ({"connection_arn": "arn:aws:s3:::x"}, "connection_arn: String should match"),
        ({"build_timeout_in_minutes": 4}, "build_timeout_in_minutes: "),
        ({"image": {"registry": "inference", "models": []}}, "image.models: "),
        ({"ephemeral": {}}, "ephemeral.role_arn: Field required"),
        ({"ephemeral": {"role_arn": "arn:aws:iam::111111111111:role/x", "schedule": "hourly"}}, "ephemeral.schedule: "),
        ({"ephemeral": {"role_arn": "arn:aws:iam::111111111111:role/x", "branches": "$x/"}}, "ephemeral.branches: "),
        ({"drift_schedule": "nightly"}, "drift_schedule: String should match"),
        ({"stages": []}, "stages: Extra inputs are not permitted"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], message: str) -> None:
    assert any(message in found for found in messages(DeliverySpec, {**LEAST, **options}))


def test_names_fit_their_services() -> None:
    naming = Naming("a" * 20, "b" * 20, "111111111111", "eu-west-1")
    assert len(connection_name(naming)) <= 32
    assert len(role_name(naming, "deploy-" + "c" * 20)) <= 64
    assert len(project_name(naming, "record-" + "c" * 20)) <= 150
