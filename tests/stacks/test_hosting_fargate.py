"""`hosting.kind: fargate`: what the stacks make of it together, and what is refused before."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from slipway.config.problems import ConfigErrors
from tests.modules.policy_documents import assert_exact_actions, statements

Documents = dict[str, dict[str, Any]]
Project = Callable[[str, str], Documents]
SHA, DIGEST = "a" * 64, f"sha256:{'b' * 64}"
BASE = """
project: slipway
account_id: "444444444444"
region: eu-central-1
registries: {{ inference: {{}} }}
models:
  wine: {model}
endpoints:
  tasks: {{ hosting: {{ kind: fargate }}, model: wine {options} }}
{network}
{more}
"""
MODEL = "{ container: { image: inference, environment: { MODE: fast } } }"
NETWORK = "network: { kind: create }"
API = "api: { endpoints: { tasks: {} }, function: { network: private } }"
LOCK = f"""
version: 1
models:
  wine: {{ artifact: {{ key: models/wine/x/model.tar.gz, sha256: {SHA}, size: 9 }}, image: {{ repository: slipway-test-inference, digest: "{DIGEST}" }} }}
"""


def environment(options: str = "", *, model: str = MODEL, network: str = NETWORK, more: str = API) -> str:
    return BASE.format(model=model, options=f", {options}" if options else "", network=network, more=more)


def resources(document: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return list(document.get("resource", {}).get(kind, {}).values())


def test_every_stack_knows_the_service(project: Project) -> None:
    documents = project(environment(), LOCK)
    serving, shared, api = (documents[f"test-{layer}"] for layer in ("serving", "shared", "api"))
    (task,) = resources(serving, "aws_ecs_task_definition")
    (container,) = json.loads(task["container_definitions"])
    assert container["image"] == f"444444444444.dkr.ecr.eu-central-1.amazonaws.com/slipway-test-inference@{DIGEST}"
    variables = {item["name"]: item["value"] for item in container["environment"]}
    assert variables["SLIPWAY_MODEL_URL"] == "s3://slipway-test-models-444444444444/models/wine/x/model.tar.gz"
    assert (variables["SLIPWAY_MODEL_SHA256"], variables["MODE"]) == (SHA, "fast")
    assert task["runtime_platform"]["cpu_architecture"] == "X86_64"
    (balancer,) = resources(serving, "aws_lb")
    assert balancer["internal"] is True and "bucket_access_logs_name" in balancer["access_logs"]["bucket"]
    (function,) = resources(api, "aws_lambda_function")
    assert "fargate_tasks_url" in function["environment"]["variables"]["ADDRESS_tasks"]
    assert "fargate_tasks_url" in serving["output"]
    (policy,) = [item for item in resources(shared, "aws_s3_bucket_policy") if "LoadBalancerLogDelivery" in item["policy"]]
    delivery = statements(policy["policy"])["LoadBalancerLogDelivery"]
    assert delivery["Resource"] == "arn:aws:s3:::slipway-test-access-logs-444444444444/*/AWSLogs/444444444444/*"
    assert "loadbalancer/app/slipway-test-*" in delivery["Condition"]["ArnLike"]["aws:SourceArn"]


def test_the_network_is_the_environments_own(project: Project) -> None:
    serving = project(environment(), LOCK)["test-serving"]
    (service,) = resources(serving, "aws_ecs_service")
    subnets = service["network_configuration"]["subnets"]
    assert len(subnets) == 2 and all("network_private_subnet_ids" in subnet for subnet in subnets)
    assert any("network_model_security_group_id" in group for group in service["network_configuration"]["security_groups"])
    outward = [rule for rule in resources(serving, "aws_vpc_security_group_egress_rule") if "network_model" in rule["security_group_id"]]
    assert len(outward) == 1


def test_somebody_elses_network_is_not_changed(project: Project) -> None:
    ids = "vpc_id: vpc-12345678, subnet_ids: [subnet-11111111, subnet-22222222], security_group_id: sg-12345678"
    serving = project(environment(network=f"network: {{ kind: existing, lookup: {{ by: ids, {ids} }} }}"), LOCK)["test-serving"]
    rules = resources(serving, "aws_vpc_security_group_egress_rule")
    assert [rule["description"] for rule in rules] == ["Tasks"]


def test_without_access_logs_the_bucket_stays_as_it_is(project: Project) -> None:
    shared = project(environment("load_balancer: { access_logs: false }"), LOCK)["test-shared"]
    assert "LoadBalancerLogDelivery" not in json.dumps(shared)


def test_the_deploy_role_may_do_what_the_service_needs(project: Project) -> None:
    boundary = "arn:aws:iam::444444444444:policy/limit"
    person = "access: { deploy_principals: [ 'arn:aws:iam::444444444444:role/admin' ] }"
    shared = project(environment(f"permissions_boundary: '{boundary}'", more=person), LOCK)["test-shared"]
    policies = [statements(item["policy"]) for item in resources(shared, "aws_iam_policy")]
    found = {sid: statement for policy in policies for sid, statement in policy.items()}
    assert_exact_actions(found.values())
    assert found["FargatePolicies"]["Condition"] == {"StringEquals": {"iam:PermissionsBoundary": boundary}}
    assert found["PassFargateRoles"]["Condition"] == {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    kinds = ("service", "service-deployment")
    assert found["Services"]["Resource"] == [f"arn:aws:ecs:eu-central-1:444444444444:{kind}/slipway-test-*" for kind in kinds]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"network": "", "more": ""}, "endpoints.tasks.hosting.kind: fargate needs the environment's `network`"),
        ({"more": "api: { endpoints: { tasks: {} } }"}, "api.function.network: endpoint tasks is in the network"),
        (
            {"network": "network: { kind: create, interface_endpoints: [logs] }"},
            "without ecr.api, ecr.dkr no task of endpoint tasks can start",
        ),
        (
            {"network": "network: { kind: create, private_dns_enabled: false }"},
            "network.private_dns_enabled: false leaves ECR's usual names",
        ),
        ({"model": "{ kind: multi_model, container: { image: inference } }"}, "is of kind multi_model"),
        ({"model": "{ container: { image: inference, model_data: uncompressed } }"}, "model_data: uncompressed"),
        ({"options": "desired_count: 0"}, "desired_count"),
        ({"options": "variants: []"}, "variants"),
    ],
)
def test_what_cannot_work_is_refused(project: Project, changes: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigErrors) as refused:
        project(environment(**changes), LOCK)
    assert any(said in str(problem) for problem in refused.value.problems), refused.value.problems


def test_nat_that_everything_may_use_is_a_way_too(project: Project) -> None:
    egress = "egress: [{ cidr: 0.0.0.0/0, port: 443, description: anywhere }]"
    project(environment(network=f"network: {{ kind: create, nat: one, interface_endpoints: [], {egress} }}"), LOCK)
