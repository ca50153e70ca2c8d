"""Options of a model: what is refused, in which words, and what is taken."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter

from modules.model.secrets import secret_reason
from modules.model.spec import ModelSpec, containers, has_artifact, release_keys
from tests.modules.support import messages

SINGLE: dict[str, Any] = {"container": {"image": "inference"}}
STEPS = [{"name": "encode", "image": "inference"}, {"name": "rank", "image": "inference", "model_data": "none"}]
VPC = {"subnets": ["subnet-1", "subnet-2"], "security_group_ids": ["sg-1"]}


def container(**options: Any) -> dict[str, Any]:
    return {"container": {"image": "inference", **options}}


@pytest.mark.parametrize(
    "options",
    [
        SINGLE,
        SINGLE | {"kind": "single"},
        SINGLE | {"vpc_config": VPC},
        container(model_data="none"),
        container(environment={f"KEY_{i}": "v" for i in range(100)}),
        container(environment={"MAX_TOKENS": "512", "TOKENIZERS_PARALLELISM": "false", "EOS_TOKEN": "</s>"}),
        container(environment={"DB_PASSWORD": "arn:aws:secretsmanager:eu-west-1:111111111111:secret:db-AbCdEf"}),
        container(image_config={"repository_access_mode": "Vpc"}) | {"vpc_config": VPC},
        {"kind": "pipeline", "containers": STEPS},
        {"kind": "pipeline", "containers": [{"name": f"s{i}", "image": "a"} for i in range(15)]},
        {"kind": "multi_model", "container": {"image": "inference", "model_cache_setting": "Disabled"}},
    ],
)
def test_taken(options: dict[str, Any]) -> None:
    assert messages(ModelSpec, options) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "container: Field required"),
        ({"kind": "ensemble", **SINGLE}, "'single', 'pipeline', 'multi_model'"),
        (SINGLE | {"containers": STEPS}, "Extra inputs are not permitted"),
        (container(container_hostname="-x"), "should match pattern"),
        (container(model_data="zip"), "'compressed', 'uncompressed' or 'none'"),
        (container(environment={f"KEY_{i}": "v" for i in range(101)}), "at most 100 items"),
        (container(environment={"1A": "v"}), "'1A' is not a variable name"),
        (container(environment={"A": "v" * 1025}), "A has 1025 characters; SageMaker allows 1024"),
        (container(environment={"A": "${var.x}"}), "Terraform would read ${"),
        (container(environment={"DB_PASSWORD": "hunter22"}), "DB_PASSWORD: the name says that it is a secret; store it in Secrets Manager"),
        (container(environment={"URL": "https://me:word@host/"}), "URL: the value looks like a URL with a password"),
        (container(image_config={"repository_access_mode": "Vpc"}), "needs the model's vpc_config"),
        (
            container(image_config={"repository_credentials_provider_arn": "arn:aws:lambda:eu-west-1:111111111111:function:f"}),
            "needs repository_access_mode: Vpc",
        ),
        (SINGLE | {"vpc_config": {"subnets": ["subnet-1"], "security_group_ids": ["sg-1"]}}, "at least 2 items"),
        (SINGLE | {"vpc_config": VPC | {"subnets": ["subnet-1", "subnet-1"]}}, "subnets names one id twice"),
        (SINGLE | {"vpc_config": VPC | {"security_group_ids": [f"sg-{i}" for i in range(6)]}}, "at most 5 items"),
        ({"kind": "pipeline", "containers": STEPS[:1]}, "at least 2 items"),
        ({"kind": "pipeline", "containers": [{"name": f"s{i}", "image": "a"} for i in range(16)]}, "at most 15 items"),
        ({"kind": "pipeline", "containers": [STEPS[0], STEPS[0]]}, "container names must be unique; used twice: encode"),
        ({"kind": "pipeline", "containers": STEPS, "inference_execution_config": {"mode": "Parallel"}}, "'Serial' or 'Direct'"),
        ({"kind": "multi_model", "container": {"image": "a", "model_data": "none"}}, "Extra inputs are not permitted"),
    ],
)
def test_refused(options: dict[str, Any], message: str) -> None:
    found = messages(ModelSpec, options)
    assert len(found) == 1 and message in found[0], found


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("ANY", "AKIA" + "ABCDEFGHIJKLMNOP", "AWS access key id"),
        ("ANY", "-----BEGIN RSA PRIVATE KEY-----", "private key"),
        ("ANY", "ghp_" + "a" * 36, "GitHub"),
        ("ANY", "hf_" + "a" * 34, "Hugging Face"),
        ("ANY", "sk-" + "a" * 30, "API key"),
        ("ANY", "xoxb-" + "1" * 12, "Slack"),
        ("ANY", "eyJhbGciOiJI." + "eyJzdWIiOiIx.abc", "JSON web token"),
        ("apiKey", "abc", "name says"),
        ("HUGGING_FACE_HUB_TOKEN", "x" * 16, "name says"),
        ("AWS_SECRET_ACCESS_KEY", "abc", "name says"),
    ],
)
def test_secrets_are_found(key: str, value: str, reason: str) -> None:
    assert reason in str(secret_reason(key, value))


@pytest.mark.parametrize(
    ("key", "value"), [("PAD_TOKEN", "<pad>"), ("SECRET", "true"), ("PASSWORD", ""), ("KEY", "v"), ("123", "v"), ("MONKEY", "banana")]
)
def test_harmless_values_are_not_secrets(key: str, value: str) -> None:
    assert secret_reason(key, value) is None


def test_containers_and_their_releases() -> None:
    pipeline = TypeAdapter(ModelSpec).validate_python({"kind": "pipeline", "containers": STEPS})
    assert release_keys("wine", pipeline) == {"encode": "wine/encode", "rank": "wine/rank"}
    assert [has_artifact(item) for item in containers(pipeline).values()] == [True, False]
    assert release_keys("wine", TypeAdapter(ModelSpec).validate_python(SINGLE)) == {"container": "wine"}
