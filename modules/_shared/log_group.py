"""Log groups: with an end to what they keep, and a key of the environment's."""

from __future__ import annotations

from typing import Any

from constructs import Construct

from modules._shared.provider import aws


def encrypted_log_group(scope: Construct, name: str, retention_in_days: int, kms_key_arn: str, id: str = "log_group") -> Any:
    """The log group `name`. Made before whatever logs into it: AWS would make it itself, unencrypted and kept for ever."""
    return aws.cloudwatch_log_group.CloudwatchLogGroup(scope, id, name=name, retention_in_days=retention_in_days, kms_key_id=kms_key_arn)
