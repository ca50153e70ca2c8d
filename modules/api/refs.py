"""What other modules provide to the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Target:
    """An endpoint behind the API. All is literal but `address`.

    `async_input` is `bucket/prefix/` for an asynchronous one. `address`: for `hosting_kind` lambda the ARN of the function's alias, for
    fargate the URL of the load balancer, a token; SageMaker endpoints are called by `name`.
    """

    name: str
    hosting_kind: str = "instances"
    async_input: str | None = None
    address: str = ""


@dataclass(frozen=True)
class ApiRefs:
    """`targets`: key of `endpoints` -> endpoint.

    `logs_kms_key_arn` encrypts log groups that carry the environment's name, `kms_key_arn` the function's environment and API
    Gateway's execution log, `inference_kms_key_arn` asynchronous inputs.

    `subnet_ids` and `security_group_ids` are those of the function; needed when `function.network` is private.
    """

    targets: Mapping[str, Target]
    logs_kms_key_arn: str
    kms_key_arn: str
    inference_kms_key_arn: str | None = None
    subnet_ids: Sequence[str] = field(default_factory=tuple)
    security_group_ids: Sequence[str] = field(default_factory=tuple)
