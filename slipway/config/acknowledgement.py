"""A policy finding that the team accepts, in the environment file: which, where, why and until when."""

from __future__ import annotations

import datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from modules._shared.spec import Spec


def _iso_date(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return datetime.date.fromisoformat(value) if len(value) == len("2027-01-31") else _not_a_date(value)
    except ValueError:
        return _not_a_date(value)


def _not_a_date(value: str) -> Any:
    raise ValueError(f"must be a date such as 2027-01-31, got {value[:40]!r}")


class Acknowledgement(Spec):
    """One accepted finding. The scan fails once it has expired, and when it matches nothing any more."""

    rule: str = Field(pattern=r"^[A-Z][A-Z0-9_]{2,40}$", description="Id of the policy, such as CKV_AWS_144.")
    resource: str = Field(min_length=1, max_length=256, description="Terraform address it holds for; `*` and `?` match as in a file name.")
    reason: str = Field(min_length=10, max_length=500, description="Why the finding is accepted, for the next reader (10-500 characters).")
    expires: Annotated[datetime.date, BeforeValidator(_iso_date)] = Field(description="Last day it holds, as YYYY-MM-DD.")
