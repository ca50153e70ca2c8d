"""All names, ARNs and tags come from one `Naming` value per environment."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

_HASH_LENGTH = 10


@dataclass(frozen=True)
class Naming:
    """Where an environment lives and how things in it are called. Literals only, never tokens."""

    project: str
    environment: str
    account_id: str
    region: str
    tags: Mapping[str, str] = field(default_factory=dict)

    @property
    def partition(self) -> str:
        """ARN partition of the region: aws, aws-cn or aws-us-gov."""
        if self.region.startswith("cn-"):
            return "aws-cn"
        return "aws-us-gov" if self.region.startswith("us-gov-") else "aws"

    def name(self, *parts: str, max_length: int = 63) -> str:
        """`project-environment-part-...`, cut to `max_length` with a hash of the whole when longer."""
        return shorten("-".join((self.project, self.environment, *parts)), max_length)

    def bucket(self, *parts: str) -> str:
        """A bucket name: globally unique because it ends in the account id (S3: at most 63 characters)."""
        stem = shorten("-".join((self.project, self.environment, *parts)), 63 - 13)
        return f"{stem}-{self.account_id}"

    def parameter(self, *parts: str) -> str:
        """An SSM parameter path: `/project/environment/part/...`."""
        return "/" + "/".join((self.project, self.environment, *parts))

    def arn(self, service: str, resource: str, *, region: bool = True, account: bool = True) -> str:
        """A literal ARN in this environment's account and region."""
        where = f"{self.region if region else ''}:{self.account_id if account else ''}"
        return f"arn:{self.partition}:{service}:{where}:{resource}"


def shorten(name: str, max_length: int) -> str:
    """The name itself, or a prefix of it plus a hash of the whole, never longer than `max_length`."""
    if len(name) <= max_length:
        return name
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{name[: max_length - 9].rstrip('-')}-{digest}"


def content_hash(content: Any) -> str:
    """Ten hex digits over the canonical JSON of `content`: the suffix of names SageMaker makes immutable."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:_HASH_LENGTH]
