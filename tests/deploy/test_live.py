"""Live capacity survives a new endpoint configuration; a verified endpoint runs what was planned."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from slipway.deploy.live import OVERRIDE, live_override, preserved
from slipway.deploy.target import Target
from slipway.deploy.verify import verify_endpoints
from slipway.errors import SlipwayError
from tests.deploy.support import Config, Recorder


class SageMaker:
    """One endpoint `churn` as SageMaker describes it."""

    def __init__(self, config: str = "churn-old", status: str = "InService", **variant: Any) -> None:
        self.answers = {"EndpointName": "churn", "EndpointConfigName": config, "EndpointStatus": status}
        self.live = {"VariantName": "main", "DesiredInstanceCount": 6, "CurrentInstanceCount": 6, "DesiredWeight": 0.25, **variant}

    def describe_endpoint(self, EndpointName: str) -> dict[str, Any]:
        assert EndpointName == "churn"
        return {**self.answers, "ProductionVariants": [self.live]}

    def describe_endpoint_config(self, EndpointConfigName: str) -> dict[str, Any]:
        return {"ProductionVariants": [{"VariantName": "main", "InitialInstanceCount": 2, "InitialVariantWeight": 1.0}]}


def document(count: int = 2, weight: float = 1, autoscaled: tuple[int, int] | None = None) -> dict[str, Any]:
    variant = {
        "variant_name": "main",
        "model_name": "${aws_sagemaker_model.m.name}",
        "initial_instance_count": count,
        "initial_variant_weight": weight,
    }
    resources: dict[str, Any] = {
        "aws_sagemaker_endpoint": {"e": {"name": "churn", "endpoint_config_name": "${aws_sagemaker_endpoint_configuration.c.name}"}},
        "aws_sagemaker_endpoint_configuration": {"c": {"name": "churn-new", "production_variants": [variant]}},
    }
    if autoscaled is not None:
        resources["aws_appautoscaling_target"] = {
            "t": {
                "resource_id": "endpoint/${aws_sagemaker_endpoint.e.name}/variant/main",
                "scalable_dimension": "sagemaker:variant:DesiredInstanceCount",
                "min_capacity": autoscaled[0],
                "max_capacity": autoscaled[1],
            }
        }
    return {"resource": resources}


def kept(planned: dict[str, Any], sagemaker: SageMaker) -> tuple[int, float] | None:
    found = live_override(planned, sagemaker)
    if not found:
        return None
    variant = found["c"]["production_variants"][0]
    return variant["initial_instance_count"], variant["initial_variant_weight"]


@pytest.mark.parametrize(
    ("planned", "expected"),
    [
        (document(), (6, 0.25)),
        (document(count=3), (3, 0.25)),
        (document(weight=0.5), (6, 0.5)),
        (document(count=3, weight=0.5), None),
        (document(autoscaled=(1, 10)), (6, 0.25)),
        (document(autoscaled=(1, 4)), (4, 0.25)),
        (document(count=9, autoscaled=(8, 10)), (8, 0.25)),
    ],
    ids=["unedited", "count edited", "weight edited", "both edited", "autoscaled", "above max", "below min"],
)
def test_what_is_kept(planned: dict[str, Any], expected: tuple[int, float] | None) -> None:
    assert kept(planned, SageMaker()) == expected


def test_nothing_is_kept_when_the_configuration_stays_or_is_the_first() -> None:
    assert kept(document(), SageMaker(config="churn-new")) is None

    class Missing(SageMaker):
        def describe_endpoint(self, EndpointName: str) -> dict[str, Any]:
            from botocore.exceptions import ClientError

            raise ClientError({"Error": {"Code": "ValidationException", "Message": "Could not find endpoint"}}, "DescribeEndpoint")

    assert kept(document(), Missing()) is None


def test_serverless_variants_have_no_count() -> None:
    planned = document()
    del planned["resource"]["aws_sagemaker_endpoint_configuration"]["c"]["production_variants"][0]["initial_instance_count"]
    found = live_override(planned, SageMaker(DesiredInstanceCount=0, CurrentInstanceCount=0))
    assert "initial_instance_count" not in found["c"]["production_variants"][0]


@pytest.fixture
def target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[SageMaker], Target]:
    def make(sagemaker: SageMaker) -> Target:
        made = Target("dev", Config(), tmp_path, tmp_path, None, Recorder())
        made.folder("dev-serving").mkdir(parents=True)
        (made.folder("dev-serving") / "cdk.tf.json").write_text(json.dumps(document()))
        monkeypatch.setattr(made, "client", lambda _service: sagemaker)
        return made

    return make


def test_the_override_is_there_only_while_it_is_needed(target: Callable[[SageMaker], Target]) -> None:
    made = target(SageMaker())
    file = made.folder("dev-serving") / OVERRIDE
    with preserved(made, "dev-serving"):
        block = json.loads(file.read_text())["resource"]["aws_sagemaker_endpoint_configuration"]["c"]
        assert block["production_variants"][0]["model_name"] == "${aws_sagemaker_model.m.name}"
    assert not file.exists()


def test_verify(target: Callable[[SageMaker], Target]) -> None:
    sagemaker = SageMaker(config="churn-new")
    made = target(sagemaker)
    verify_endpoints(made, "dev-serving")
    sagemaker.answers["EndpointConfigName"] = "churn-old"
    with pytest.raises(SlipwayError, match="serves churn-old instead of churn-new: SageMaker rolled the update back"):
        verify_endpoints(made, "dev-serving")
    sagemaker.answers |= {"EndpointStatus": "Failed", "FailureReason": "no ping"}
    with pytest.raises(SlipwayError, match="churn is Failed: no ping"):
        verify_endpoints(made, "dev-serving")
    sagemaker.answers["EndpointStatus"] = "Updating"
    with pytest.raises(SlipwayError, match="churn is Updating"):
        verify_endpoints(made, "dev-serving", limit=0.05, pause=0.01)
    assert "dev-serving waiting endpoint churn: Updating" in made.reporter.lines  # type: ignore[attr-defined]
