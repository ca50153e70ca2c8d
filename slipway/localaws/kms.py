"""KMS: key rotation with a period, and key material that a restart with `--persist` gives back."""

from __future__ import annotations

import json
from typing import Any

from moto.kms import models
from moto.kms.responses import KmsResponse
from moto.moto_api._internal import mock_random

from slipway.localaws.patches import wraps

DEFAULT_ROTATION_PERIOD_IN_DAYS = 365


@wraps(KmsResponse, "enable_key_rotation", "moto drops RotationPeriodInDays: the plan wants to set it again each time")
def enable_key_rotation(original: Any, self: Any) -> Any:
    """Keep the period with the key. Enabling again without a period keeps the one there is, as AWS does."""
    answer = original(self)
    key = _key(self)
    period = self._get_param("RotationPeriodInDays", getattr(key, "rotation_period_in_days", DEFAULT_ROTATION_PERIOD_IN_DAYS))
    key.rotation_period_in_days = int(period)
    return answer


@wraps(KmsResponse, "get_key_rotation_status", "moto does not return RotationPeriodInDays")
def get_key_rotation_status(original: Any, self: Any) -> str:
    """AWS names the period only while rotation is on."""
    status: dict[str, Any] = json.loads(original(self))
    key = _key(self)
    status["KeyId"] = key.arn
    if status["KeyRotationEnabled"]:
        status["RotationPeriodInDays"] = getattr(key, "rotation_period_in_days", DEFAULT_ROTATION_PERIOD_IN_DAYS)
    return json.dumps(status)


@wraps(models.KmsBackend, "_generate_default_keys", "moto takes the key behind alias/aws/dynamodb for a customer's")
def generate_default_keys(original: Any, self: Any, alias_name: str) -> Any:
    """A key that AWS made on its own says so, and costs nothing."""
    key_id = original(self, alias_name)
    if key_id:
        self.keys[key_id].key_manager = "AWS"
    return key_id


@wraps(models, "generate_master_key", "moto takes it from os.urandom: after a replay nothing encrypted before could be read")
def generate_master_key(_original: Any) -> bytes:
    """Key material from moto's seeded random numbers."""
    material: bytes = mock_random.getrandbits(256).to_bytes(32, "big")
    return material


def _key(response: Any) -> Any:
    backend = response.kms_backend
    return backend.keys[backend.get_key_id(response._get_param("KeyId"))]
