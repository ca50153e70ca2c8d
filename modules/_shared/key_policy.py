"""Statements of KMS key policies, as plain dicts of literals. AWS: "Key policies in AWS KMS", developer guide.

In a key policy the resource `*` means the key itself. No statement allows `kms:*`: the account administers
the key, and may use it only through the one AWS service that the key is for.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from modules._shared.naming import Naming

Statement = dict[str, Any]

_ADMINISTER = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListAliases",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)
USE = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:GenerateDataKeyWithoutPlaintext", "kms:RetireGrant")
"""What reading and writing encrypted data needs."""
SCHEDULE = "kms:EncryptionContext:aws:scheduler:schedule:arn"
"""Condition key with the ARN of the schedule whose input is read."""
_LOGS_USE = (*USE[:-1], "kms:ReEncryptFrom", "kms:ReEncryptTo")


def account_root(naming: Naming) -> str:
    """The principal that stands for the account: IAM policies decide who of it."""
    return naming.arn("iam", "root", region=False)


def hosts(naming: Naming, *services: str) -> list[str]:
    """Values of `kms:ViaService`: the services' host names in the region."""
    suffix = ".cn" if naming.partition == "aws-cn" else ""
    return [f"{service}.{naming.region}.amazonaws.com{suffix}" for service in services]


def administration(naming: Naming) -> Statement:
    """IAM policies of the account may grant administration, but no encryption or decryption."""
    return {
        "Sid": "AdministeredThroughIam",
        "Effect": "Allow",
        "Principal": {"AWS": account_root(naming)},
        "Action": list(_ADMINISTER),
        "Resource": "*",
    }


def use_through(naming: Naming, *services: str) -> Statement:
    """IAM policies of the account may grant use of the key, and only in requests that `services` make for the caller."""
    return {
        "Sid": "UsedThroughServices",
        "Effect": "Allow",
        "Principal": {"AWS": account_root(naming)},
        "Action": list(USE),
        "Resource": "*",
        "Condition": {"StringEquals": {"kms:ViaService": hosts(naming, *services)}},
    }


def grants_through(naming: Naming, *services: str) -> Statement:
    """`services` may hold grants on the key for resources they encrypt (ECR repositories, DynamoDB tables, volumes)."""
    return {
        "Sid": "GrantsForAwsResources",
        "Effect": "Allow",
        "Principal": {"AWS": account_root(naming)},
        "Action": ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"],
        "Resource": "*",
        "Condition": {"Bool": {"kms:GrantIsForAWSResource": "true"}, "StringEquals": {"kms:ViaService": hosts(naming, *services)}},
    }


def schedule_inputs(naming: Naming) -> Statement:
    """Roles of the environment's schedules may read their inputs: they ask KMS themselves, through no service, and name the schedule.

    EventBridge Scheduler user guide, "Encryption at rest", CloudTrail event example.
    """
    return {
        "Sid": "InputsOfSchedules",
        "Effect": "Allow",
        "Principal": {"AWS": account_root(naming)},
        "Action": ["kms:Decrypt"],
        "Resource": "*",
        "Condition": {"ArnLike": {SCHEDULE: naming.arn("scheduler", f"schedule/*{naming.name()}*")}},
    }


def log_groups(naming: Naming, group: str | None = None) -> Statement:
    """CloudWatch Logs encrypts the environment's log groups (or those like `group`), named in the encryption context, and no others."""
    return {
        "Sid": "LogGroupsOfTheEnvironment",
        "Effect": "Allow",
        "Principal": {"Service": hosts(naming, "logs")[0]},
        "Action": [*_LOGS_USE],
        "Resource": "*",
        "Condition": {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": naming.arn("logs", f"log-group:{group or f'*{naming.name()}*'}")}},
    }


def alarm_messages(naming: Naming) -> Statement:
    """CloudWatch alarms publish to encrypted topics of the account."""
    return {
        "Sid": "AlarmsPublish",
        "Effect": "Allow",
        "Principal": {"Service": "cloudwatch.amazonaws.com"},
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
        "Resource": "*",
        "Condition": {
            "ArnLike": {"aws:SourceArn": naming.arn("cloudwatch", "alarm:*")},
            "StringEquals": {"aws:SourceAccount": naming.account_id},
        },
    }


def document(statements: Sequence[Statement]) -> str:
    """A policy document: compact JSON with sorted keys, the same on every run."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, sort_keys=True, separators=(",", ":"))
