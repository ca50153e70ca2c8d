"""Options of the roles: what is refused, in which words, and what is taken."""

from __future__ import annotations

from typing import Any

import pytest

from modules.identity.spec import AccessSpec, ExecutionRoleSpec
from tests.modules.support import messages

BOUNDARY = "arn:aws:iam::111111111111:policy/boundary"
ROLE = "arn:aws:iam::111111111111:role/path/mine"


@pytest.mark.parametrize(
    ("kind", "options"),
    [
        (ExecutionRoleSpec, {}),
        (ExecutionRoleSpec, {"path": "/ml/serving/", "permissions_boundary": BOUNDARY, "max_session_duration": 43200}),
        (ExecutionRoleSpec, {"permissions_boundary": "arn:aws:iam::aws:policy/PowerUserAccess"}),
        (ExecutionRoleSpec, {"role_arn": ROLE}),
        (AccessSpec, {}),
        (
            AccessSpec,
            {"deploy_principals": ["arn:aws:iam::111111111111:role/admin"], "read_only_principals": ["arn:aws:iam::222222222222:root"]},
        ),
        (AccessSpec, {"github": {"repository": "my-org/my.repo"}}),
        (
            AccessSpec,
            {"github": {"repository": "o/r", "deploy_subjects": ["ref:refs/heads/main", "environment:prod"], "create_provider": False}},
        ),
    ],
)
def test_taken(kind: Any, options: dict[str, Any]) -> None:
    assert messages(kind, options) == []


@pytest.mark.parametrize(
    ("kind", "options", "start"),
    [
        (ExecutionRoleSpec, {"role_arn": "mine"}, "role_arn: String should match pattern"),
        (ExecutionRoleSpec, {"role_arn": "arn:aws:iam::111111111111:role/*"}, "role_arn: String should match pattern"),
        (
            ExecutionRoleSpec,
            {"role_arn": ROLE, "path": "/ml/"},
            ": Value error, role_arn names an existing role, so path would have no effect",
        ),
        (
            ExecutionRoleSpec,
            {"role_arn": ROLE, "path": "/ml/", "max_session_duration": 7200},
            ": Value error, role_arn names an existing role, so max_session_duration, path would have no effect",
        ),
        (ExecutionRoleSpec, {"path": "ml"}, "path: String should match pattern"),
        (ExecutionRoleSpec, {"path": "//"}, "path: String should match pattern"),
        (ExecutionRoleSpec, {"max_session_duration": 3599}, "max_session_duration: Input should be greater than or equal to 3600"),
        (ExecutionRoleSpec, {"max_session_duration": 43201}, "max_session_duration: Input should be less than or equal to 43200"),
        (ExecutionRoleSpec, {"permissions_boundary": ROLE}, "permissions_boundary: String should match pattern"),
        (AccessSpec, {"deploy_principals": ["*"]}, "deploy_principals.0: String should match pattern"),
        (AccessSpec, {"read_only_principals": ["sagemaker.amazonaws.com"]}, "read_only_principals.0: String should match pattern"),
        (AccessSpec, {"github": {}}, "github.repository: Field required"),
        (AccessSpec, {"github": {"repository": "o/*"}}, "github.repository: String should match pattern"),
        (AccessSpec, {"github": {"repository": "o/r", "deploy_subjects": ["*"]}}, "github.deploy_subjects.0: String should match pattern"),
        (
            AccessSpec,
            {"github": {"repository": "o/r", "deploy_subjects": ["ref:refs/heads/*"]}},
            "github.deploy_subjects.0: String should match pattern",
        ),
        (
            AccessSpec,
            {"github": {"repository": "o/r", "deploy_subjects": ["pull_request"]}},
            "github: Value error, deploy_subjects: pull_request would let unreviewed code deploy",
        ),
        (AccessSpec, {"role_arn": ROLE}, "role_arn: Extra inputs are not permitted"),
    ],
)
def test_refused(kind: Any, options: dict[str, Any], start: str) -> None:
    (message,) = messages(kind, options)
    assert message.startswith(start)


@pytest.mark.parametrize(
    ("options", "deploys", "reads"),
    [
        ({}, False, False),
        ({"deploy_principals": ["arn:aws:iam::111111111111:root"]}, True, False),
        ({"read_only_principals": ["arn:aws:iam::111111111111:root"]}, False, True),
        ({"github": {"repository": "o/r"}}, True, True),
        ({"github": {"repository": "o/r", "read_only_subjects": []}}, True, False),
    ],
)
def test_a_role_exists_when_somebody_may_assume_it(options: dict[str, Any], deploys: bool, reads: bool) -> None:
    spec = AccessSpec.model_validate(options)
    assert (spec.has_deploy_role, spec.has_read_only_role) == (deploys, reads)
