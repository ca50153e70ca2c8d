"""A delivery of three environments, synthesized once, and its definition in the shape of CodePipeline's and CodeBuild's APIs."""

from __future__ import annotations

import functools
import json
from typing import Any

from modules._shared.naming import Naming
from modules.delivery.construct import Delivery
from modules.delivery.refs import DeliveryRefs, EnvironmentRefs
from modules.delivery.spec import DeliverySpec
from tests.modules.policy_documents import statements
from tests.modules.support import resources, synth

NAMING = Naming("slipway", "dev", "111111111111", "eu-west-1")
KEY, LOGS = ("arn:aws:kms:eu-west-1:111111111111:key/" + name for name in ("1", "2"))
CASES = {"wine": "examples/wine/cases.yaml"}
LEAST: dict[str, Any] = {
    "repository": "example/models",
    "environments": [
        {"name": "dev", "approval": False, "cases": CASES},
        {"name": "staging", "cases": CASES},
        {"name": "prod", "cases": CASES},
    ],
}
WHOLE: dict[str, Any] = {
    **LEAST,
    "image": {"registry": "inference", "models": ["wine", "beer"]},
    "ephemeral": {"role_arn": "arn:aws:iam::444444444444:role/sandbox"},
    "drift_schedule": "cron(17 3 * * ? *)",
}
ACCOUNTS = {"dev": "111111111111", "staging": "222222222222", "prod": "333333333333"}


def role(environment: str, kind: str) -> str:
    return f"arn:aws:iam::{ACCOUNTS[environment]}:role/slipway-{environment}-{kind}"


def refs(**changes: Any) -> DeliveryRefs:
    environments = {
        name: EnvironmentRefs(account, "eu-west-1", role(name, "deploy"), role(name, "read-only"), production=name == "prod")
        for name, account in ACCOUNTS.items()
    }
    given = {"access_logs_bucket": "logs", "repository_name": "slipway-dev-inference", "package_groups": {"wine": "slipway-dev-wine"}}
    return DeliveryRefs(**{"environments": environments, "kms_key_arn": KEY, "logs_kms_key_arn": LOGS, **given, **changes})


def build(given: DeliveryRefs | None = None, **options: Any) -> dict[str, Any]:
    """The document of a delivery with these options."""
    spec = DeliverySpec.model_validate({**LEAST, **options})
    return synth(lambda stack: Delivery(stack, "delivery", naming=NAMING, spec=spec, refs=given or refs()))


@functools.lru_cache(maxsize=1)
def _whole() -> str:
    return json.dumps(build(**WHOLE))


def whole() -> dict[str, Any]:
    """The document of a delivery that has everything: a copy to change at will."""
    document: dict[str, Any] = json.loads(_whole())
    return document


def pipeline(document: dict[str, Any]) -> dict[str, Any]:
    (found,) = resources(document, "aws_codepipeline")
    return found


def projects(document: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Step -> CodeBuild project."""
    prefix = "slipway-dev-delivery-"
    return {body["name"].removeprefix(prefix): body for body in resources(document, "aws_codebuild_project")}


def camel(value: Any) -> Any:
    """Keys of nested blocks in the APIs' spelling."""
    if isinstance(value, list):
        return [camel(item) for item in value]
    if isinstance(value, dict):
        return {_camel(key): item if key == "configuration" else camel(item) for key, item in value.items()}
    return value


def _camel(key: str) -> str:
    first, *rest = key.split("_")
    return first + "".join(part.capitalize() for part in rest)


def pipeline_declaration(document: dict[str, Any]) -> dict[str, Any]:
    """The argument `pipeline` of CreatePipeline that the provider makes of the resource."""
    body = pipeline(document)
    (store,) = body["artifact_store"]
    stages = []
    for stage in body["stage"]:
        more = {key: camel(stage[key]) for key in ("on_failure",) if key in stage}
        stages.append(
            {"name": stage["name"], "actions": [_action(item) for item in stage["action"]], **{_camel(k): v for k, v in more.items()}}
        )
    return {
        "name": body["name"],
        "roleArn": "arn:aws:iam::111111111111:role/slipway-dev-delivery-pipeline",
        "artifactStore": {"type": store["type"], "location": "bucket", "encryptionKey": store["encryption_key"]},
        "stages": stages,
        "executionMode": body["execution_mode"],
        "pipelineType": body["pipeline_type"],
        "triggers": camel(body["trigger"]),
    }


def _action(action: dict[str, Any]) -> dict[str, Any]:
    kind = {key: action[key] for key in ("category", "owner", "provider", "version")}
    found = {"name": action["name"], "actionTypeId": kind, "configuration": action["configuration"]}
    found |= {_camel(key): action[key] for key in ("namespace", "run_order", "timeout_in_minutes") if key in action}
    for key in ("input_artifacts", "output_artifacts"):
        if key in action:
            found[_camel(key)] = [{"name": name} for name in action[key]]
    return found


def project_input(body: dict[str, Any]) -> dict[str, Any]:
    """The arguments of CreateProject that the provider makes of the resource."""
    source, environment = camel(body["source"]), camel(body["environment"])
    source["buildspec"] = source["buildspec"].replace("$${", "${").replace("%%{", "%{")
    environment["environmentVariables"] = environment.pop("environmentVariable", [])
    logs = {"status": "ENABLED", **camel(body["logs_config"]["cloudwatch_logs"])}
    return {
        "name": body["name"],
        "source": source,
        "artifacts": camel(body["artifacts"]),
        "environment": environment,
        "serviceRole": "arn:aws:iam::111111111111:role/x",
        "timeoutInMinutes": body["build_timeout"],
        "encryptionKey": body["encryption_key"],
        "logsConfig": {"cloudWatchLogs": logs},
    }


def variables(document: dict[str, Any], step: str) -> dict[str, str]:
    """The variables of a step's project."""
    return {item["name"]: item["value"] for item in projects(document)[step]["environment"]["environment_variable"]}


def policy(document: dict[str, Any], name: str) -> dict[str, dict[str, Any]]:
    """Statements of a role's policy, by Sid."""
    (found,) = [body for key, body in document["resource"]["aws_iam_role_policy"].items() if f"policy_{name}_" in key]
    return statements(found["policy"])
