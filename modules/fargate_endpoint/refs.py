"""What other modules provide to a model on Fargate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True)
class FargateRefs:
    """Literals: `image` by digest, `cpu_architecture` it is made for (X86_64 or ARM64), its repository's ARN, the container's own
    `environment`; `model_url` (s3://, empty: the weights are in the image) with its SHA-256, and the ARN pattern of the model's objects.

    Tokens: the keys of artifacts and log groups; VPC and private subnets; `client_security_group_id`, the group that callers have
    and that reaches AWS's services. `opens_clients`: that group is the environment's own, and gets the rule that lets it out to the
    load balancer. `access_logs_bucket` takes the load balancer's log. `alarm_topic_arns`: SNS topics that the
    composite alarm tells when it goes off, and when it is over.
    """

    image: str
    cpu_architecture: str
    repository_arn: str
    artifacts_key_arn: str
    logs_kms_key_arn: str
    vpc_id: str
    subnet_ids: Sequence[str]
    client_security_group_id: str
    opens_clients: bool = True
    model_url: str = ""
    model_sha256: str = ""
    artifacts_arn: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    access_logs_bucket: str | None = None
    alarm_topic_arns: Sequence[str] = ()
