"""One KMS key with an explicit policy, rotation and an alias."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from constructs import Construct

from modules._shared.key_policy import (
    Statement,
    administration,
    alarm_messages,
    document,
    grants_through,
    log_groups,
    schedule_inputs,
    use_through,
)
from modules._shared.naming import Naming
from modules._shared.outputs import output
from modules._shared.provider import aws
from modules.kms.spec import KeySpec, Purpose, key_alias


def _execution_logs(naming: Naming) -> Statement:
    """API Gateway names its execution logs after an id and the stage, which is called like the environment."""
    return log_groups(naming, f"API-Gateway-Execution-Logs_*/{naming.environment}")


def _budgets(naming: Naming) -> Statement:
    """AWS Budgets publishes to an encrypted topic of the account."""
    return {
        "Sid": "BudgetsPublish",
        "Effect": "Allow",
        "Principal": {"Service": "budgets.amazonaws.com"},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:SourceAccount": naming.account_id}},
    }


_STATEMENTS: Mapping[Purpose, Callable[[Naming], list[Statement]]] = {
    "artifacts": lambda naming: [use_through(naming, "s3")],
    "registry": lambda naming: [use_through(naming, "ecr"), grants_through(naming, "ecr")],
    "inference": lambda naming: [
        use_through(naming, "s3", "sagemaker", "lambda", "scheduler"),
        grants_through(naming, "sagemaker", "lambda"),
        schedule_inputs(naming),
    ],
    "logs": lambda naming: [log_groups(naming)],
    "notifications": lambda naming: [use_through(naming, "sns"), alarm_messages(naming)],
    "network": lambda naming: [log_groups(naming)],
    "api": lambda naming: [use_through(naming, "lambda"), grants_through(naming, "lambda"), _execution_logs(naming)],
    "load_test": lambda naming: [use_through(naming, "sns", "lambda"), grants_through(naming, "lambda")],
    "training": lambda naming: [
        use_through(naming, "s3", "sagemaker", "sns", "scheduler"),
        grants_through(naming, "sagemaker"),
        schedule_inputs(naming),
    ],
    "operations": lambda naming: [
        use_through(naming, "sns", "lambda", "scheduler"),
        grants_through(naming, "lambda"),
        schedule_inputs(naming),
        _budgets(naming),
    ],
    "delivery": lambda naming: [use_through(naming, "s3", "codebuild", "codepipeline"), grants_through(naming, "codebuild")],
}
_DESCRIPTIONS: Mapping[Purpose, str] = {
    "artifacts": "Model artifacts in S3",
    "registry": "Container images in ECR",
    "inference": "Captured and asynchronous inference data, endpoint volumes, variables of functions",
    "logs": "CloudWatch log groups",
    "notifications": "SNS topics of alarms",
    "network": "Records of the VPC's traffic",
    "api": "Variables and execution log of the API",
    "load_test": "Start messages and variables of load testers",
    "training": "Data, models and messages of training pipelines",
    "operations": "Variables and records of scheduled operations",
    "delivery": "Artifacts, builds and messages of the delivery pipeline",
}


@dataclass(frozen=True)
class KeyOutputs:
    """What others need of a key."""

    arn: str = output("ARN of the key, for encryption settings and IAM policies.")
    key_id: str = output("Id of the key.")
    alias: str = output("Alias of the key, with its `alias/` prefix.")


class Key(Construct):
    """The environment's key for one purpose; its alias is `alias/<project>-<environment>-<purpose>`."""

    def __init__(self, scope: Construct, id: str, *, naming: Naming, spec: KeySpec, purpose: Purpose) -> None:
        super().__init__(scope, id)
        self._naming = naming
        self._spec = spec
        self._purpose = purpose
        self._key = self._create_key()
        self._alias = self._create_alias()
        self.outputs = KeyOutputs(arn=self._key.arn, key_id=self._key.key_id, alias=self._alias.name)

    def _create_key(self) -> Any:
        return aws.kms_key.KmsKey(
            self,
            "key",
            description=f"{_DESCRIPTIONS[self._purpose]} of {self._naming.name()}",
            policy=key_policy(self._naming, self._purpose),
            enable_key_rotation=True,
            rotation_period_in_days=self._spec.rotation_period_in_days,
            deletion_window_in_days=self._spec.deletion_window_in_days,
        )

    def _create_alias(self) -> Any:
        return aws.kms_alias.KmsAlias(self, "alias", name=key_alias(self._naming, self._purpose), target_key_id=self._key.key_id)


def key_policy(naming: Naming, purpose: Purpose) -> str:
    """The key policy of a purpose: administration through IAM, and use by what the purpose names."""
    return document([administration(naming), *_STATEMENTS[purpose](naming)])
