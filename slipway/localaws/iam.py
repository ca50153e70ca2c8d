"""IAM: updates that leave alone what they do not name."""

from __future__ import annotations

from typing import Any

from moto.iam.models import IAMBackend
from moto.iam.responses import IamResponse

from slipway.localaws.patches import wraps


@wraps(IamResponse, "update_role", "moto wipes the description when only the session duration changes, and the other way round")
def update_role(original: Any, self: Any) -> Any:
    """Fill in what the call leaves out with what the role has."""
    role = self.backend.get_role(self._get_param("RoleName"))
    given = self._get_param("Description"), self._get_param("MaxSessionDuration")
    before = role.description, role.max_session_duration
    answer = original(self)
    role.description, role.max_session_duration = (old if new is None else new for new, old in zip(given, before, strict=True))
    return answer


def account_has_roles(backend: IAMBackend) -> bool:
    """Whether anybody has created a role in the account."""
    return bool(backend.roles)
