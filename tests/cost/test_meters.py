"""What AWS bills for the resources of a stack, at least and at most."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from slipway.cost.meters import HOURS, items
from slipway.cost.prices import Prices
from slipway.cost.report import differences, report, without_prefix
from slipway.cost.resources import Resource, of_documents, of_plan
from slipway.errors import InputError


def resource(kind: str, **values: Any) -> Resource:
    return Resource("dev-serving", kind, f"{kind}.x", values)


def endpoint(config: dict[str, Any], *more: Resource) -> list[tuple[Any, ...]]:
    there = [
        resource("aws_sagemaker_endpoint", name="e", endpoint_config_name="c"),
        resource("aws_sagemaker_endpoint_configuration", name="c", **config),
        *more,
    ]
    return [(item.where, item.meter, item.minimum, item.maximum) for item in items(there)]


def target(name: str, low: int, high: int) -> Resource:
    return resource("aws_appautoscaling_target", resource_id=name, min_capacity=low, max_capacity=high)


VARIANT = {"variant_name": "main", "instance_type": "ml.m5.large", "initial_instance_count": 2}


def test_instances_with_and_without_autoscaling() -> None:
    config = {"production_variants": [VARIANT], "shadow_production_variants": [{**VARIANT, "variant_name": "shadow"}]}
    action = {"resource_id": "endpoint/e/variant/main", "scalable_target_action": {"min_capacity": "1", "max_capacity": "20"}}
    assert endpoint(config) == [
        ("e/main", "hosting/ml.m5.large", 2 * HOURS, 2 * HOURS),
        ("e/shadow", "hosting/ml.m5.large", 2 * HOURS, 2 * HOURS),
    ]
    scaled = endpoint(config, target("endpoint/e/variant/main", 3, 9), resource("aws_appautoscaling_scheduled_action", **action))
    assert scaled[0] == ("e/main", "hosting/ml.m5.large", HOURS, 20 * HOURS)


def test_asynchronous_instances_are_another_meter_and_may_be_none() -> None:
    config = {"production_variants": [VARIANT], "async_inference_config": {"output_config": {}}}
    found = endpoint(config, target("endpoint/e/variant/main", 0, 4))
    assert found == [("e/main", "asynchronous/ml.m5.large", 0, 4 * HOURS)]


def test_scaling_by_sagemaker_itself() -> None:
    managed = {"status": "ENABLED", "min_instance_count": 1, "max_instance_count": 5}
    assert endpoint({"production_variants": [{**VARIANT, "managed_instance_scaling": [managed]}]})[0][2:] == (HOURS, 5 * HOURS)


def test_serverless_capacity() -> None:
    config = {"memory_size_in_mb": 2048, "max_concurrency": 10, "provisioned_concurrency": 3}
    found = endpoint({"production_variants": [{"variant_name": "main", "serverless_config": config}]})
    second = 2 * HOURS * 3600
    assert found == [("e/main", "serverless/memory", 0, 10 * second), ("e/main", "serverless/provisioned", 3 * second, 3 * second)]


def test_functions_tasks_and_the_network() -> None:
    there = [
        resource("aws_lambda_function", function_name="f", memory_size=512, reserved_concurrent_executions=4, architectures=["arm64"]),
        resource("aws_ecs_service", name="s", cluster="arn:aws:ecs:eu-west-1:1:cluster/c", desired_count=2, task_definition="t"),
        resource("aws_ecs_task_definition", family="t", cpu="1024", memory="2048", runtime_platform=[{"cpu_architecture": "ARM64"}]),
        target("service/c/s", 1, 6),
        resource("aws_lb", name="lb"),
        resource("aws_nat_gateway", tags={"Name": "nat"}),
        resource("aws_vpc_endpoint", tags={"Name": "ecr"}, vpc_endpoint_type="Interface", subnet_ids=["a", "b", "c"]),
        resource("aws_vpc_endpoint", tags={"Name": "s3"}, vpc_endpoint_type="Gateway"),
        resource("aws_vpn_connection", tags={"Name": "vpn"}),
        resource("aws_kms_key", description="key"),
        resource(
            "aws_ssm_parameter",
            name="/p/e/endpoints/n/transform",
            value=json.dumps({"TransformResources": {"InstanceType": "ml.c5.xlarge"}}),
        ),
        resource("aws_ssm_parameter", name="/p/e/endpoints/n/arn", value="arn"),
    ]
    found = {(item.where, item.meter): (item.minimum, item.maximum) for item in items(there)}
    assert found == {
        ("f", "lambda/arm64"): (0, 4 * 0.5 * HOURS * 3600),
        ("f", "lambda/requests"): (0, None),
        ("s", "fargate/arm64/vcpu"): (HOURS, 6 * HOURS),
        ("s", "fargate/arm64/memory"): (2 * HOURS, 12 * HOURS),
        ("lb", "load_balancer/application"): (HOURS, HOURS),
        ("nat", "nat_gateway"): (HOURS, HOURS),
        ("ecr", "vpc_endpoint"): (3 * HOURS, 3 * HOURS),
        ("vpn", "vpn_connection"): (HOURS, HOURS),
        ("key", "kms_key"): (1, 1),
        ("n", "transform/ml.c5.xlarge"): (0, None),
    }


def test_references_of_a_document_are_followed(tmp_path: Path) -> None:
    (tmp_path / "cdk.tf.json").write_text(
        json.dumps(
            {
                "resource": {
                    "aws_sagemaker_endpoint": {
                        "e": {"name": "e", "endpoint_config_name": "${aws_sagemaker_endpoint_configuration.c.name}"}
                    },
                    "aws_sagemaker_endpoint_configuration": {"c": {"name": "c-1", "production_variants": [VARIANT]}},
                    "aws_appautoscaling_target": {
                        "t": {"resource_id": "endpoint/${aws_sagemaker_endpoint.e.name}/variant/main", "min_capacity": 1, "max_capacity": 3}
                    },
                }
            }
        )
    )
    (item,) = items(of_documents([tmp_path]))
    assert (item.minimum, item.maximum) == (HOURS, 3 * HOURS)


def test_a_plan_has_two_sides(tmp_path: Path) -> None:
    change = {"type": "aws_nat_gateway", "address": "aws_nat_gateway.n", "mode": "managed"}
    tags = {"tags": {"Name": "nat"}}
    (tmp_path / "a.json").write_text(json.dumps({"resource_changes": [{**change, "change": {"before": None, "after": tags}}]}))
    (tmp_path / "b.json").write_text(json.dumps({"other": 1}))
    before, after = of_plan(tmp_path)
    (found,) = differences(items(before), items(after))
    assert (found.where, found.before, found.after) == ("nat", (0.0, 0.0), (HOURS, HOURS))
    for broken in ("b.json", "none.json"):
        with pytest.raises(InputError):
            of_plan(tmp_path / broken)


def test_totals_leave_out_what_has_no_price() -> None:
    there = items([resource("aws_nat_gateway", tags={"Name": "nat"}), resource("aws_lb", name="lb")])
    priced = report("dev", there, Prices("EUR", "a contract", {"nat_gateway": 0.5}))
    assert (priced.minimum, priced.maximum, priced.without_price) == (365.0, 365.0, ["load_balancer/application"])
    unbounded = items([resource("aws_lambda_function", function_name="f")])
    assert report("dev", unbounded, Prices("EUR", "a contract", {"lambda/requests": 1.0})).maximum is None


def test_two_environments_match_by_what_follows_their_names() -> None:
    one, other = (items([resource("aws_lb", name=f"slipway-{name}-front")]) for name in ("dev", "prod"))
    assert differences(without_prefix(one, "slipway-dev-"), without_prefix(other, "slipway-prod-")) == []
