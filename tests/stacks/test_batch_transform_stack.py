"""Batch transforms in an environment: the model behind them, what its role may touch, who is told."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.modules.policy_documents import statements
from tests.stacks.test_stacks import BASE, LOCK, resources

Documents = dict[str, dict[str, Any]]
KEY = "arn:aws:kms:eu-central-1:444444444444:key/0"
ENTRIES = f"""
notifications: {{}}
endpoints:
  own:
    hosting: {{ kind: batch_transform }}
    model: wine
    transform:
      transform_input: {{ s3_uri: "s3://data/in/list", s3_data_type: ManifestFile, kms_key_arn: "{KEY}" }}
      transform_output: {{ s3_output_path: "s3://results/out", kms_key_id: "{KEY}" }}
  nightly: {{ hosting: {{ kind: batch_transform }}, model: wine, schedule: {{ expression: "rate(1 day)" }} }}
access: {{ deploy_principals: ["arn:aws:iam::444444444444:role/admin"] }}
"""


@pytest.fixture
def documents(project: Callable[[str, str], Documents]) -> Documents:
    return project(BASE + ENTRIES, LOCK)


def test_jobs_use_the_deployed_model_and_failures_are_told(documents: Documents) -> None:
    serving = documents["test-serving"]
    parameters = {item["name"]: json.loads(item["value"]) for item in resources(serving, "aws_ssm_parameter")}
    assert parameters["/slipway/test/endpoints/own/transform"]["ModelName"].startswith("${aws_sagemaker_model.model_wine_")
    (machine,) = resources(serving, "aws_sfn_state_machine")
    assert "data.terraform_remote_state.shared.outputs.topic_critical_arn" in machine["definition"]


def test_the_models_role_may_read_and_write_what_the_jobs_do(documents: Documents) -> None:
    (role,) = [item for item in resources(documents["test-shared"], "aws_iam_role_policy") if "WriteTransformLogs" in item["policy"]]
    found = {sid: item["Resource"] for sid, item in statements(role["policy"]).items()}
    assert found["ReadInput0"] == ["arn:aws:s3:::data/in/*"]
    assert found["WriteOutput0"] == ["arn:aws:s3:::results/out/*"]
    assert found["DecryptInput0"] == found["EncryptOutput0"] == [KEY]
    bucket = "arn:aws:s3:::slipway-test-async-output-444444444444"
    assert found["ReadAsync0"] == [f"{bucket}/nightly/input/*"] and found["WriteAsync0"] == [f"{bucket}/nightly/output/*"]
    assert "WriteLogs" not in found, "no endpoint serves it"


def test_people_may_deploy_and_start_them(documents: Documents) -> None:
    (policy,) = [item for item in resources(documents["test-shared"], "aws_iam_policy") if "StopTransformJob" in item["policy"]]
    found = statements(policy["policy"])
    assert found["TransformJobs"]["Resource"] == ["arn:aws:sagemaker:eu-central-1:444444444444:transform-job/slipway-test-*"]
    assert len(policy["policy"]) < 6144


def test_what_a_job_cannot_be(project: Callable[[str, str], Documents]) -> None:
    entry = "endpoints: {{ nightly: {{ hosting: {{ kind: batch_transform }}, model: {model}, transform: {{ instance_type: {kind} }} }} }}\n"
    for model, kind, said in (("wnie", "ml.m5.large", "did you mean wine"), ("wine", "ml.m5.largo", "did you mean ml.m5.large")):
        with pytest.raises(Exception, match="not valid") as raised:
            project(BASE + entry.format(model=model, kind=kind), LOCK)
        assert said in str([problem for problem in getattr(raised.value, "problems", [raised.value])])
