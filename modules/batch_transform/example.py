"""The smallest real use: a model scores the files of a prefix each night."""

from __future__ import annotations

from typing import Any

from modules._shared.naming import Naming
from modules._shared.outputs import export
from modules.batch_transform.construct import BatchTransform, BatchTransformRefs
from modules.batch_transform.spec import BatchTransformConfig, BatchTransformHosting, ScheduleSpec

NAMING = Naming("slipway", "example", "111111111111", "eu-west-1", {"owner": "ml-platform"})
KEY = "arn:aws:kms:eu-west-1:111111111111:key/00000000-0000-0000-0000-000000000000"


def build(stack: Any) -> None:
    """State machine and schedule of the model `wine`, every night at three."""
    spec = BatchTransformConfig(
        hosting=BatchTransformHosting(kind="batch_transform"), model="wine", schedule=ScheduleSpec(expression="cron(0 3 * * ? *)")
    )
    refs = BatchTransformRefs(
        model_name=NAMING.name("wine", "0123456789"),
        bucket=NAMING.bucket("async-output"),
        kms_key_arn=KEY,
        logs_kms_key_arn=KEY,
        topic_arn=NAMING.arn("sns", NAMING.name("critical")),
        topic_kms_key_arn=KEY,
    )
    nightly = BatchTransform(stack, "nightly", naming=NAMING, name="nightly", spec=spec, refs=refs)
    export(stack, "nightly", nightly.outputs)
