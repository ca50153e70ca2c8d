"""A model on Fargate: nothing is public, nothing is privileged, roles may do no more than needed, a release changes no name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from modules.fargate_endpoint import example
from modules.fargate_endpoint.construct import FargateEndpoint
from modules.fargate_endpoint.refs import FargateRefs
from modules.fargate_endpoint.spec import FargateConfig
from tests.modules.fargate_endpoint.built import BOUNDARY, CPU, HTTPS, KEY, LEAST, MORNING, NAMING, REFS, SHA, build, container
from tests.modules.policy_documents import assert_exact_actions, assert_scoped, statements
from tests.modules.support import resource, resources, synth

TASK, SERVICE, LB, LISTENER = "aws_ecs_task_definition", "aws_ecs_service", "aws_lb", "aws_lb_listener"
LOGS, TARGET, POLICY = "aws_cloudwatch_log_group", "aws_appautoscaling_target", "aws_appautoscaling_policy"


def scaled(*policies: dict[str, Any]) -> dict[str, Any]:
    return {"autoscaling": {"min_capacity": 2, "max_capacity": 4, "policies": list(policies)}}


def test_the_container_is_started_as_sagemaker_does_and_fetches_its_model() -> None:
    found = container(build())
    variables = {item["name"]: item["value"] for item in found["environment"]}
    assert found["command"] == ["serve"] and found["portMappings"] == [{"containerPort": 8080, "hostPort": 8080, "protocol": "tcp"}]
    assert variables["SLIPWAY_MODEL_URL"] == REFS.model_url and variables["SLIPWAY_MODEL_SHA256"] == SHA
    assert variables["WORKERS"] == "2" and found["image"] == REFS.image
    assert found["logConfiguration"]["options"]["awslogs-group"] == "/aws/ecs/slipway-test-wine"


def test_weights_in_the_image_leave_the_task_role_without_permissions() -> None:
    document = build(replace(REFS, model_url="", model_sha256="", artifacts_arn=""))
    assert "SLIPWAY_MODEL_URL" not in {item["name"] for item in container(document)["environment"]}
    assert [item["name"] for item in resources(document, "aws_iam_role_policy")] == ["execution"]


def test_the_container_writes_to_two_folders_and_has_no_capabilities() -> None:
    document = build()
    found = container(document)
    assert found["readonlyRootFilesystem"] is True and "privileged" not in found
    assert found["linuxParameters"] == {"capabilities": {"drop": ["ALL"]}, "initProcessEnabled": True}
    assert {item["containerPath"] for item in found["mountPoints"]} == {"/tmp", "/opt/ml"}
    assert [item["name"] for item in resource(document, TASK)["volume"]] == ["ml", "tmp"]


def test_nothing_is_public() -> None:
    document = build()
    service, balancer = resource(document, SERVICE), resource(document, LB)
    assert service["network_configuration"]["assign_public_ip"] is False and service["enable_execute_command"] is False
    assert service["network_configuration"]["subnets"] == balancer["subnets"] == ["subnet-1", "subnet-2"]
    assert balancer["internal"] is True and balancer["drop_invalid_header_fields"] is True
    assert balancer["access_logs"] == {"bucket": "logs", "enabled": True, "prefix": "slipway-test-wine"}
    rules = [*resources(document, "aws_vpc_security_group_ingress_rule"), *resources(document, "aws_vpc_security_group_egress_rule")]
    assert all("referenced_security_group_id" in rule and "cidr_ipv4" not in rule for rule in rules)


@pytest.mark.parametrize(("options", "port"), [({}, 80), ({"load_balancer": HTTPS}, 443)])
def test_callers_reach_the_load_balancer_and_it_alone_reaches_the_tasks(options: dict[str, Any], port: int) -> None:
    document = build(**options)
    balancer, tasks = "${aws_security_group.wine_load_balancer_group_", "${aws_security_group.wine_tasks_group_"

    def rules(kind: str) -> set[tuple[str, str, int]]:
        found = resources(document, f"aws_vpc_security_group_{kind}_rule")
        return {(_cut(rule["security_group_id"]), _cut(rule["referenced_security_group_id"]), rule["to_port"]) for rule in found}

    def _cut(text: str) -> str:
        return next((known for known in (balancer, tasks) if text.startswith(known)), text)

    assert rules("ingress") == {(balancer, "sg-1", port), (tasks, balancer, 8080)}
    assert rules("egress") == {(balancer, tasks, 8080), ("sg-1", balancer, port)}


def test_a_group_of_somebody_else_is_not_changed() -> None:
    rules = resources(build(replace(REFS, opens_clients=False)), "aws_vpc_security_group_egress_rule")
    assert [rule["description"] for rule in rules] == ["Tasks"]


def test_a_failed_deployment_is_rolled_back_to_a_revision_that_is_still_there() -> None:
    document = build()
    service = resource(document, SERVICE)
    assert service["deployment_circuit_breaker"] == {"enable": True, "rollback": True} and service["wait_for_steady_state"] is True
    assert resource(document, TASK)["lifecycle"] == {"create_before_destroy": True}


def test_a_release_changes_the_task_definition_and_no_name() -> None:
    def names(document: dict[str, Any]) -> set[str]:
        return {body["name"] for items in document["resource"].values() for body in items.values() if "name" in body}

    other = replace(REFS, model_url=REFS.model_url.replace(SHA, "ef" * 32), model_sha256="ef" * 32)
    before, after = build(), build(other)
    assert names(before) == names(after)
    changed = {kind for kind in before["resource"] if before["resource"][kind] != after["resource"][kind]}
    assert changed == {TASK}


def test_roles_may_do_exactly_what_they_need() -> None:
    policies = {item["name"]: statements(item["policy"]) for item in resources(build(), "aws_iam_role_policy")}
    for found in policies.values():
        assert_exact_actions(found.values())
        assert_scoped(found.values())
    assert {sid: (item["Action"], item["Resource"]) for sid, item in policies["execution"].items()} == {
        "RegistryToken": (["ecr:GetAuthorizationToken"], ["*"]),
        "PullImage": (["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], [REFS.repository_arn]),
        "WriteLogs": (
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            ["arn:aws:logs:eu-west-1:111111111111:log-group:/aws/ecs/slipway-test-wine:*"],
        ),
    }
    assert {sid: (item["Action"], item["Resource"]) for sid, item in policies["task"].items()} == {
        "ReadArtifacts": (["s3:GetObject"], ["arn:aws:s3:::models/models/wine/*"]),
        "DecryptArtifacts": (["kms:Decrypt"], [KEY]),
    }
    assert policies["task"]["DecryptArtifacts"]["Condition"] == {"StringEquals": {"kms:ViaService": ["s3.eu-west-1.amazonaws.com"]}}


def test_only_tasks_of_the_account_take_the_roles() -> None:
    for role in resources(build(), "aws_iam_role"):
        (trust,) = statements(role["assume_role_policy"]).values()
        assert trust["Principal"] == {"Service": "ecs-tasks.amazonaws.com"}
        assert trust["Condition"]["StringEquals"] == {"aws:SourceAccount": "111111111111"}


def test_both_roles_have_the_boundary() -> None:
    assert [role["permissions_boundary"] for role in resources(build(permissions_boundary=BOUNDARY), "aws_iam_role")] == [BOUNDARY] * 2


def test_logs_are_encrypted() -> None:
    assert resource(build(), LOGS)["kms_key_id"] == KEY


def test_https_is_asked_for_by_its_own_name() -> None:
    from modules._shared.outputs import export

    def stack(spec: FargateConfig) -> dict[str, Any]:
        def fill(into: Any) -> None:
            export(into, "wine", FargateEndpoint(into, "wine", naming=NAMING, name="wine", spec=spec, refs=REFS).outputs)

        return dict(synth(fill)["output"])

    plain = stack(FargateConfig.model_validate(LEAST))["wine_url"]["value"]
    secret = stack(FargateConfig.model_validate({**LEAST, "load_balancer": HTTPS}))["wine_url"]["value"]
    assert plain.startswith("http://${aws_lb.") and secret == "https://wine.example.internal"
    assert resource(build(load_balancer=HTTPS), LISTENER)["ssl_policy"] == "ELBSecurityPolicy-TLS13-1-2-2021-06"


def test_with_scaling_terraform_leaves_the_number_of_tasks_alone() -> None:
    assert resource(build(**scaled(CPU)), SERVICE)["lifecycle"] == {"ignore_changes": ["desired_count"]}
    assert "lifecycle" not in resource(build(), SERVICE)
    assert resource(build(**scaled(MORNING)), TARGET)["lifecycle"] == {"ignore_changes": ["min_capacity"]}


def test_requests_per_target_name_load_balancer_and_target_group() -> None:
    policy = resource(build(**scaled({**CPU, "metric": "ALBRequestCountPerTarget", "target_value": 600})), POLICY)
    label = policy["target_tracking_scaling_policy_configuration"]["predefined_metric_specification"]["resource_label"]
    assert label.startswith("${aws_lb.wine_load_balancer_") and ".arn_suffix}/${aws_lb_target_group.wine_target_group_" in label


@pytest.mark.parametrize(
    ("refs", "said"),
    [
        (replace(REFS, image="inference:latest"), "by its digest"),
        (replace(REFS, subnet_ids=("subnet-1",)), "two zones"),
        (replace(REFS, model_sha256=""), "with its SHA-256"),
        (replace(REFS, access_logs_bucket=None), "access_logs needs a bucket"),
    ],
)
def test_refs_that_do_not_fit_are_refused(refs: FargateRefs, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        build(refs)


def test_the_example_synthesizes() -> None:
    document = synth(example.build)
    assert resource(document, TASK)["cpu"] == "512" and len(resources(document, POLICY)) == 1
