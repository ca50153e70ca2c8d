"""The smallest real use: train on data in the bucket, measure, register what is good enough, every Sunday and when data arrives."""

from __future__ import annotations

from typing import Any

from modules._shared.naming import Naming
from modules._shared.outputs import export
from modules.training.construct import Training, TrainingRefs
from modules.training.fields import DataSource, ParameterRef
from modules.training.parameters import StringParameter
from modules.training.spec import ArrivalSpec, PipelineScheduleSpec, PipelineSpec, SourceSpec, TrainingSpec, TriggersSpec
from modules.training.steps import Channel, ConditionSpec, EvaluationSpec, TrainingStepSpec

NAMING = Naming("slipway", "example", "111111111111", "eu-west-1", {"owner": "ml-platform"})
KEY = "arn:aws:kms:eu-west-1:111111111111:key/00000000-0000-0000-0000-000000000000"
REGISTRY = "111111111111.dkr.ecr.eu-west-1.amazonaws.com"


def pipeline() -> PipelineSpec:
    """Its options."""
    data = ParameterRef(parameter="InputData")
    return PipelineSpec(
        source=SourceSpec(dir="examples/wine"),
        parameters={"InputData": StringParameter(default="{bucket}/incoming/wine/")},
        training=TrainingStepSpec(channels={"train": Channel(s3_uri=data)}),
        evaluation=EvaluationSpec(program="evaluate.py", inputs={"test": DataSource(s3_uri=data)}),
        condition=ConditionSpec(metric="multiclass_classification_metrics.accuracy.value", threshold=0.9),
        triggers=TriggersSpec(
            schedule=PipelineScheduleSpec(expression="cron(0 3 ? * SUN *)", timezone="Europe/Berlin"),
            arrival=ArrivalSpec(prefix="incoming/wine/", suffix=".csv", parameter="InputData"),
        ),
    )


def build(stack: Any) -> None:
    """One pipeline; bucket, key and images are somebody else's."""
    refs = TrainingRefs(
        bucket=NAMING.bucket("training"),
        bucket_ready=NAMING.bucket("training"),
        sources={"wine": {"train.py": b"print('train')\n", "evaluate.py": b"print('evaluate')\n"}},
        images={"training": f"{REGISTRY}/slipway-example-training@sha256:{'a' * 64}"},
        inference_images={"wine": f"{REGISTRY}/slipway-example-inference@sha256:{'b' * 64}"},
        kms_key_arn=KEY,
        logs_kms_key_arn=KEY,
        repositories=("slipway-example-training", "slipway-example-inference"),
        tags={**NAMING.tags, "project": NAMING.project, "environment": NAMING.environment},
    )
    training = Training(stack, "training", naming=NAMING, spec=TrainingSpec(pipelines={"wine": pipeline()}), refs=refs)
    export(stack, "training", training.outputs)
