"""What the function works on: the environment's endpoints, as its package says."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from typing import Any, Literal

Kind = Literal["sagemaker", "fargate"]


class Refused(Exception):
    """The request makes no sense for this endpoint; nothing was changed."""


class Busy(Exception):
    """Not now: the endpoint is being created, changed or deleted. A later attempt can succeed."""


@dataclass(frozen=True)
class Hosted:
    """An endpoint that can be stopped.

    `key`: its name in the environment file. `name`: the SageMaker endpoint's, or of the cluster and the service on Fargate.
    `expires_at`: its time to live, such as 2026-12-31T18:00:00Z, or empty.
    """

    key: str
    name: str
    kind: Kind = "sagemaker"
    expires_at: str = ""

    def expired(self, now: datetime) -> bool:
        """Whether its time to live is over."""
        if not self.expires_at:
            return False
        return datetime.strptime(self.expires_at, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc) <= now


@dataclass(frozen=True)
class Settings:
    """`record_prefix`: path of the SSM parameters with what was stopped; `tags`: theirs. `idle_days`: 0 without a report."""

    environment: str
    record_prefix: str
    tags: Mapping[str, str]
    endpoints: tuple[Hosted, ...]
    idle_days: int = 0

    def chosen(self, keys: Iterable[str] | None) -> list[Hosted]:
        """The endpoints with these keys, or all. Raises Refused for a key that is none."""
        if keys is None:
            return list(self.endpoints)
        known = {endpoint.key: endpoint for endpoint in self.endpoints}
        wanted = list(dict.fromkeys(keys))
        if unknown := [key for key in wanted if key not in known]:
            raise Refused(
                f"{self.environment} has no endpoint {', '.join(unknown)} that can be stopped; it has {', '.join(known) or 'none'}"
            )
        return [known[key] for key in wanted]

    def named(self, name: str) -> Hosted | None:
        """The SageMaker endpoint of that name."""
        return next((one for one in self.endpoints if one.name == name and one.kind == "sagemaker"), None)

    def dump(self) -> bytes:
        """As it stands in the package."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":")).encode()


def load(text: bytes | str) -> Settings:
    """Read what `dump` wrote."""
    data: dict[str, Any] = json.loads(text)
    return Settings(**{**data, "endpoints": tuple(Hosted(**one) for one in data["endpoints"])})
