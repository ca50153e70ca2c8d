"""What the stacks make of an environment: providers, backends, cross-stack values, and roles that fit what models use."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from slipway.errors import InputError

Documents = dict[str, dict[str, Any]]
Project = Callable[[str, str], Documents]
SHA, DIGEST = "a" * 64, f"sha256:{'b' * 64}"
BASE = """
project: slipway
account_id: "444444444444"
region: eu-central-1
registries: { inference: {}, other: { repository: team/other } }
models:
  wine: { container: { image: inference } }
"""
LOCK = f"""
version: 1
models:
  wine: {{ artifact: {{ key: models/wine/{SHA}/model.tar.gz, sha256: {SHA}, size: 9 }}, image: {{ repository: slipway-test-inference, digest: "{DIGEST}" }} }}
"""


def resources(document: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    return [body for _, body in sorted(document.get("resource", {}).get(kind, {}).items())]


def statements(documents: Documents, model: str) -> dict[str, dict[str, Any]]:
    """The execution role's statements by Sid."""
    (policy,) = [p for p in resources(documents["test-shared"], "aws_iam_role_policy") if f"/role_{model}/" in p["//"]["metadata"]["path"]]
    return {item["Sid"]: item for item in json.loads(policy["policy"])["Statement"]}


def test_every_stack_is_bound_to_account_region_and_its_own_state(shipped: Documents) -> None:
    keys = set()
    for stack, document in shipped.items():
        (provider,) = document["provider"]["aws"]
        backend = document["terraform"]["backend"]["s3"]
        assert provider["allowed_account_ids"] == backend["allowed_account_ids"]
        assert len(provider["allowed_account_ids"]) == 1
        assert provider["default_tags"][0]["tags"]["stack"] == stack.partition("-")[2]
        assert backend["encrypt"] is True and backend["use_lockfile"] is True and backend["dynamodb_table"]
        assert document["terraform"]["required_providers"]["aws"]["version"] == ">= 5.100.0, < 7.0.0"
        keys.add((backend["bucket"], backend["key"]))
    assert len(keys) == len(shipped)
    assert len({bucket for bucket, _ in keys}) == 3


def test_environments_differ_only_where_their_files_do(shipped: Documents) -> None:
    def shape(stack: str) -> set[str]:
        return {f"{kind}.{name}" for kind, items in shipped[stack]["resource"].items() for name in items}

    assert shape("dev-shared") == shape("staging-shared") <= shape("prod-shared")
    assert shape("dev-state") == shape("prod-state")
    assert shape("dev-serving") < shape("staging-serving") < shape("prod-serving")


def test_serving_reads_shared_through_remote_state(shipped: Documents) -> None:
    serving, shared = shipped["prod-serving"], shipped["prod-shared"]
    state = serving["data"]["terraform_remote_state"]["shared"]["config"]
    assert state["key"] == shared["terraform"]["backend"]["s3"]["key"]
    text = json.dumps(serving["resource"])
    read = {name.split("}")[0] for name in text.split("${data.terraform_remote_state.shared.outputs.")[1:]}
    assert {"role_wine_arn", "key_logs_arn", "key_inference_arn"} <= read
    assert read <= set(shared["output"])


def test_lock_and_provider_options_reach_the_json(project: Project) -> None:
    documents = project(BASE + 'state: { lock: s3, bucket: my-own-state }\nprovider: { version: "6.1.0" }\ntags: { team: wine }\n', LOCK)
    for document in documents.values():
        backend = document["terraform"]["backend"]["s3"]
        assert backend["bucket"] == "my-own-state" and backend["use_lockfile"] is True and "dynamodb_table" not in backend
        assert document["terraform"]["required_providers"]["aws"]["version"] == "6.1.0"
        assert document["provider"]["aws"][0]["default_tags"][0]["tags"]["team"] == "wine"
    assert "aws_dynamodb_table" not in documents["test-state"]["resource"]


def test_a_role_is_permitted_what_its_model_uses_and_no_more(project: Project) -> None:
    plain = statements(project(BASE, LOCK), "wine")
    assert not {sid for sid in plain if "Capture" in sid or "Async" in sid or "Network" in sid}
    variants = "[{ variant_name: main, model: wine, instance_type: ml.m5.large, initial_instance_count: 1 }]"
    serving = f"""
endpoints:
  live: {{ hosting: {{ kind: instances }}, variants: {variants}, data_capture: {{ sampling_percentage: 5 }} }}
  later: {{ hosting: {{ kind: asynchronous, error_topic: "arn:aws:sns:eu-central-1:444444444444:errors" }}, variants: {variants} }}
"""
    used = statements(project(BASE + serving, LOCK), "wine")
    text = json.dumps(used)
    assert "data-capture-444444444444/live/*" in text and "data-capture-444444444444/later" not in text
    assert "async-output-444444444444/later/output/*" in text and "async-output-444444444444/live" not in text
    assert "arn:aws:sns:eu-central-1:444444444444:errors" in text


def test_a_vpc_brings_network_interfaces_into_the_role(project: Project) -> None:
    vpc = "{ subnets: [subnet-1, subnet-2], security_group_ids: [sg-1] }"
    environment = BASE.replace("{ container: { image: inference } }", f"{{ container: {{ image: inference }}, vpc_config: {vpc} }}")
    documents = project(environment, LOCK)
    assert "ec2:CreateNetworkInterface" in json.dumps(statements(documents, "wine"))
    assert "ec2:CreateNetworkInterface" not in json.dumps(statements(project(BASE, LOCK), "wine"))
    assert resources(documents["test-serving"], "aws_sagemaker_model")[0]["vpc_config"]["subnets"] == ["subnet-1", "subnet-2"]


def test_a_role_that_is_brought_along_is_used_and_not_made(project: Project) -> None:
    role = "arn:aws:iam::444444444444:role/mine"
    environment = BASE.replace(
        "{ container: { image: inference } }", f'{{ container: {{ image: inference }}, execution_role: {{ role_arn: "{role}" }} }}'
    )
    documents = project(environment, LOCK)
    assert "aws_iam_role" not in documents["test-shared"]["resource"]
    assert documents["test-shared"]["output"]["role_wine_arn"]["value"] == role


def test_people_and_ci_get_roles_only_when_somebody_is_named(project: Project) -> None:
    assert len(resources(project(BASE, LOCK)["test-shared"], "aws_iam_role")) == 1
    access = """
access:
  read_only_principals: ["arn:aws:iam::444444444444:role/reviewers"]
  github: { repository: example/models }
"""
    documents = project(BASE + access, LOCK)
    shared = documents["test-shared"]
    assert len(resources(shared, "aws_iam_role")) == 3
    assert {"access_deploy_role_arn", "access_read_only_role_arn"} <= set(shared["output"])


def test_an_inference_pipeline_is_released_container_by_container(project: Project) -> None:
    environment = BASE.replace(
        "{ container: { image: inference } }",
        "{ kind: pipeline, containers: [{ name: prepare, image: other, model_data: none }, { name: predict, image: inference }] }",
    )
    lock = f"""
version: 1
models:
  wine/prepare: {{ image: {{ repository: team/other, digest: "{DIGEST}" }} }}
  wine/predict: {{ artifact: {{ key: models/wine/predict/{SHA}/model.tar.gz, sha256: {SHA}, size: 9 }}, image: {{ repository: slipway-test-inference, digest: "{DIGEST}" }} }}
"""
    documents = project(environment, lock)
    prepare, predict = resources(documents["test-serving"], "aws_sagemaker_model")[0]["container"]
    assert prepare["image"] == f"444444444444.dkr.ecr.eu-central-1.amazonaws.com/team/other@{DIGEST}" and "model_data_url" not in prepare
    assert predict["model_data_url"] == f"s3://slipway-test-models-444444444444/models/wine/predict/{SHA}/model.tar.gz"


@pytest.mark.parametrize(
    ("lock", "message"),
    [
        ("version: 1\nmodels: {}\n", "environments/test.lock.yaml: no release of wine"),
        (f'version: 1\nmodels: {{ wine: {{ image: {{ repository: r, digest: "{DIGEST}" }} }} }}\n', "the release of wine has no artifact"),
    ],
)
def test_an_incomplete_release_is_refused(project: Project, lock: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        project(BASE, lock)


def test_a_model_of_many_endpoints_still_fits_into_one_policy(project: Project) -> None:
    entry = "{ hosting: { kind: instances }, data_capture: { sampling_percentage: 5 }, variants: [{ variant_name: main, model: wine, instance_type: ml.m5.large, initial_instance_count: 1 }] }"
    some = "endpoints:\n" + "".join(f"  e{i}: {entry}\n" for i in range(20))
    assert "Endpoints/slipway-test-e7" in json.dumps(statements(project(BASE + some, LOCK), "wine"))
    many = "endpoints:\n" + "".join(f"  e{i}: {entry}\n" for i in range(120))
    text = json.dumps(statements(project(BASE + many, LOCK), "wine"))
    assert "Endpoints/slipway-test-*" in text and "slipway-test-e7" not in text
    assert "data-capture-444444444444/*" in text


def test_what_a_module_refuses_is_an_input_error(project: Project) -> None:
    boundary = ", ".join(f'"arn:aws:iam::444444444444:role/{"x" * 60}{i}"' for i in range(40))
    with pytest.raises(InputError, match="IAM takes"):
        project(BASE + f"access: {{ deploy_principals: [{boundary}] }}", LOCK)
