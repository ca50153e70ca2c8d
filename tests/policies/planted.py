"""One or more violations of every policy, planted into the clean platform."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.policies.platform import ACCOUNT, ARN, Body, Documents, bucket, policy, tls_only

Change = Callable[[Documents], object]
OTHER_ACCOUNT = "arn:aws:iam::444444444444:root"


@dataclass(frozen=True)
class Case:
    """What is changed, where the finding must show up, and which built-in checks see the same thing."""

    label: str
    change: Change
    resource: str
    builtin: frozenset[str] = field(default_factory=frozenset)


def resource(documents: Documents, address: str) -> Body:
    """The body of the first resource with this address."""
    kind, name = address.split(".")
    found: Body = next(d["resource"][kind][name] for d in documents.values() if name in d["resource"].get(kind, {}))
    return found


def put(address: str, path: str, value: Any) -> Change:
    """Set an attribute; `path` may lead through blocks and list positions (`a.0.b`)."""

    def change(documents: Documents) -> None:
        *way, last = path.split(".")
        body: Any = resource(documents, address)
        for step in way:
            body = body[int(step)] if isinstance(body, list) else body[step]
        body[last] = value

    return change


def drop(address: str, path: str) -> Change:
    """Remove an attribute."""

    def change(documents: Documents) -> None:
        *way, last = path.split(".")
        body: Any = resource(documents, address)
        for step in way:
            body = body[int(step)] if isinstance(body, list) else body[step]
        del body[last]

    return change


def gone(address: str) -> Change:
    """Remove a resource."""

    def change(documents: Documents) -> None:
        kind, name = address.split(".")
        for document in documents.values():
            document["resource"].get(kind, {}).pop(name, None)

    return change


def add(stack: str, address: str, body: Body) -> Change:
    """Add a resource."""

    def change(documents: Documents) -> None:
        kind, name = address.split(".")
        documents[stack]["resource"].setdefault(kind, {})[name] = copy.deepcopy(body)  # a case may be used twice

    return change


def both(*changes: Change) -> Change:
    """Several changes."""

    def change(documents: Documents) -> None:
        for one in changes:
            one(documents)

    return change


def grant(statement: Body) -> Change:
    """Put one statement into the execution role's policy."""
    return put(ROLE_POLICY, "policy", policy({"Sid": "Planted", "Effect": "Allow", **statement}))


def trust(statement: Body) -> Change:
    """Put one statement into the execution role's trust."""
    return put(ROLE, "assume_role_policy", policy({"Effect": "Allow", "Action": "sts:AssumeRole", **statement}))


def key_policy(statement: Body) -> Change:
    """Put one statement into the data key's policy."""
    return put(KEY, "policy", policy({"Sid": "Planted", "Effect": "Allow", "Resource": "*", **statement}))


def images(*selections: Body) -> Change:
    """Replace the repository's lifecycle rules."""
    rules = [{"rulePriority": n, "selection": s, "action": {"type": "expire"}} for n, s in enumerate(selections, 1)]
    return put("aws_ecr_lifecycle_policy.inference_lifecycle", "policy", json.dumps({"rules": rules}))


MODEL, CONFIG, ENDPOINT = (
    "aws_sagemaker_model.wine_model",
    "aws_sagemaker_endpoint_configuration.wine_config",
    "aws_sagemaker_endpoint.wine",
)
TARGET, ALARM, TOPIC = "aws_appautoscaling_target.next_target", "aws_cloudwatch_metric_alarm.next_errors", "aws_sns_topic.alarms"
ROLE, ROLE_POLICY, KEY = "aws_iam_role.wine_role", "aws_iam_role_policy.wine_permissions", "aws_kms_key.data_key"
TFSTATE, LOCK, REPOSITORY = "aws_s3_bucket.tfstate", "aws_dynamodb_table.lock", "aws_ecr_repository.inference"
CAPTURE, MODELS, LOGS = "aws_s3_bucket.data_capture", "aws_s3_bucket.models", "aws_s3_bucket.access_logs"
STACK = "terraform.stack"
ROUTING = "deployment_config.blue_green_update_policy.traffic_routing_configuration"
PINNED = "123456789012.dkr.ecr.eu-west-1.amazonaws.com/x@sha256:" + "c" * 64
_SHIELD = {"tagStatus": "tagged", "tagPrefixList": ["release-"], "countType": "imageCountMoreThan", "countNumber": 1_000_000}
_ANY_20 = {"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": 20}


def _case(label: str, change: Change, address: str, *builtin: str) -> Case:
    return Case(label, change, address, frozenset(builtin))


def _backend(name: str, value: Any) -> Change:
    def change(documents: Documents) -> None:
        documents["prod-shared"]["terraform"]["backend"]["s3"][name] = value

    return change


def _provider(name: str, value: Any) -> Change:
    def change(documents: Documents) -> None:
        documents["prod-shared"]["provider"]["aws"][0][name] = value

    return change


def drop_alarm(documents: Documents) -> None:
    """Only the first variant's alarm is left to roll back on."""
    resource(documents, ENDPOINT)["deployment_config"]["auto_rollback_configuration"]["alarms"].pop()


def silent(variant: str) -> Change:
    """The variant's alarm tells nobody."""
    return put(f"aws_cloudwatch_metric_alarm.{variant}_errors", "alarm_actions", [])


def _two_containers(second: str) -> Change:
    first = {"image": PINNED}
    return both(drop(MODEL, "primary_container"), put(MODEL, "container", [first, {"image": second}]))


def _lone_bucket(key: str | None, logs: str | None) -> Change:
    def change(documents: Documents) -> None:
        for kind, named in bucket("async", key, logs).items():
            documents["prod-shared"]["resource"][kind].update(named)

    return change


_TLS_ONLY_IN_PART = policy({**tls_only("arn:aws:s3:::x"), "Action": "s3:GetObject"})

PLANTED: Mapping[str, tuple[Case, ...]] = {
    "CKV_SLIPWAY_1": (
        _case("off", put(MODEL, "enable_network_isolation", False), MODEL, "CKV_SLIPWAY_2"),
        _case("absent", drop(MODEL, "enable_network_isolation"), MODEL, "CKV_SLIPWAY_2"),
    ),
    "CKV_SLIPWAY_2": (
        _case("no subnet", put(MODEL, "vpc_config", {"subnets": [], "security_group_ids": ["sg-1"]}), MODEL),
        _case("one subnet", put(MODEL, "vpc_config", {"subnets": ["subnet-1"], "security_group_ids": ["sg-1"]}), MODEL),
        _case("no group", put(MODEL, "vpc_config", [{"subnets": ["subnet-1", "subnet-2"], "security_group_ids": []}]), MODEL),
    ),
    "CKV_SLIPWAY_3": (
        _case("no key", drop(CONFIG, "kms_key_arn"), CONFIG),
        _case("one variant on NVMe", put(CONFIG, "production_variants.1.instance_type", "ml.m5d.large"), CONFIG),
        _case("a type nobody knows", put(CONFIG, "production_variants.1.instance_type", "ml.x99.large"), CONFIG),
    ),
    "CKV_SLIPWAY_4": (
        _case("no key", drop(CONFIG, "data_capture_config.kms_key_id"), CONFIG),
        _case("someone else's bucket", put(CONFIG, "data_capture_config.destination_s3_uri", "s3://elsewhere/wine"), CONFIG),
        _case("unknown bucket", put(CONFIG, "data_capture_config.destination_s3_uri", "s3://${var.bucket}/wine"), CONFIG),
    ),
    "CKV_SLIPWAY_5": (
        _case("one of two variants", both(gone(TARGET), gone("aws_appautoscaling_policy.next_policy")), ENDPOINT),
        _case("a target without policy", gone("aws_appautoscaling_policy.next_policy"), ENDPOINT),
    ),
    "CKV_SLIPWAY_6": (
        _case("one instance", put(TARGET, "min_capacity", 1), TARGET),
        _case("no room", put(TARGET, "max_capacity", 2), TARGET),
        _case("unknown", put(TARGET, "min_capacity", "${var.min}"), TARGET),
    ),
    "CKV_SLIPWAY_7": (
        _case("second of two", put(CONFIG, "production_variants.1.initial_instance_count", 1), CONFIG),
        _case("first of two", put(CONFIG, "production_variants.0.initial_instance_count", 1), CONFIG),
        _case("absent", drop(CONFIG, "production_variants.1.initial_instance_count"), CONFIG),
    ),
    "CKV_SLIPWAY_8": (
        _case("nothing ignored", drop(CONFIG, "lifecycle.ignore_changes"), CONFIG),
        _case("something else ignored", put(CONFIG, "lifecycle.ignore_changes", ["tags"]), CONFIG),
    ),
    "CKV_SLIPWAY_9": (
        _case("a tag", put(MODEL, "primary_container.image", "repository:latest"), MODEL),
        _case("the second of two", _two_containers("repository:1.0"), MODEL),
        _case("no container", drop(MODEL, "primary_container"), MODEL),
        _case("unknown", put(MODEL, "primary_container.image", "${var.image}"), MODEL),
    ),
    "CKV_SLIPWAY_10": (
        _case("a name", put(MODEL, "primary_container.model_data_url", "https://b.s3.amazonaws.com/models/model.tar.gz"), MODEL),
        _case(
            "a prefix",
            put(MODEL, "primary_container.model_data_source", [{"s3_data_source": [{"s3_uri": "s3://b/models/wine/"}]}]),
            MODEL,
        ),
    ),
    "CKV2_SLIPWAY_11": (
        _case("model", put(MODEL, "lifecycle", {"create_before_destroy": False}), MODEL),
        _case("model without lifecycle", drop(MODEL, "lifecycle"), MODEL),
        _case("configuration", drop(CONFIG, "lifecycle.create_before_destroy"), CONFIG),
        _case("lifecycle as a list", put(MODEL, "lifecycle", [{"create_before_destroy": False}]), MODEL),
    ),
    "CKV_SLIPWAY_12": (
        _case("no alarm", put(ENDPOINT, "deployment_config.auto_rollback_configuration.alarms", []), ENDPOINT),
        _case("one of two variants", drop_alarm, ENDPOINT),
        _case("an alarm of another endpoint", put(ALARM, "dimensions.EndpointName", "other"), ENDPOINT),
        _case(
            "an alarm that is not here", put(ENDPOINT, "deployment_config.auto_rollback_configuration.alarms.1.alarm_name", "x"), ENDPOINT
        ),
        _case("too short to notice", put(ENDPOINT, f"{ROUTING}.wait_interval_in_seconds", 60), ENDPOINT),
    ),
    "CKV_SLIPWAY_13": (
        _case("canary too large", put(ENDPOINT, f"{ROUTING}.canary_size.value", 60), ENDPOINT),
        _case("wait too long", put(ENDPOINT, f"{ROUTING}.wait_interval_in_seconds", 4000), ENDPOINT),
        _case(
            "timeout below the waits",
            put(ENDPOINT, "deployment_config.blue_green_update_policy.maximum_execution_timeout_in_seconds", 900),
            ENDPOINT,
        ),
        _case(
            "two policies",
            put(
                ENDPOINT,
                "deployment_config.rolling_update_policy",
                {"maximum_batch_size": {"type": "CAPACITY_PERCENT", "value": 50}, "wait_interval_in_seconds": 600},
            ),
            ENDPOINT,
        ),
    ),
    "CKV_SLIPWAY_14": (
        _case("missing data undecided", drop(ALARM, "treat_missing_data"), ALARM),
        _case("no key", put(TOPIC, "kms_master_key_id", "alias/aws/sns"), ALARM, "CKV_SLIPWAY_24"),
    ),
    "CKV_SLIPWAY_15": (
        _case("whole service on one bucket", grant({"Action": "s3:*", "Resource": "arn:aws:s3:::b/*"}), ROLE_POLICY),
        _case("every object", grant({"Action": ["s3:PutObject"], "Resource": ["*"]}), ROLE_POLICY),
        _case("metrics of any namespace", grant({"Action": "cloudwatch:PutMetricData", "Resource": "*"}), ROLE_POLICY),
        _case("everything but", grant({"NotAction": "iam:CreateUser", "Resource": "arn:aws:s3:::b"}), ROLE_POLICY),
        _case(
            "any role",
            grant(
                {
                    "Action": "iam:PassRole",
                    "Resource": f"{ARN}:role/*",
                    "Condition": {"StringEquals": {"iam:PassedToService": "sagemaker.amazonaws.com"}},
                }
            ),
            ROLE_POLICY,
        ),
        _case("to any service", grant({"Action": "iam:PassRole", "Resource": f"{ARN}:role/slipway-prod-model-wine"}), ROLE_POLICY),
        _case(
            "inline",
            put(
                ROLE,
                "inline_policy",
                [{"name": "x", "policy": policy({"Effect": "Allow", "Action": "sqs:*", "Resource": "arn:aws:sqs:::q"})}],
            ),
            ROLE,
        ),
        _case("unreadable", put(ROLE_POLICY, "policy", "${var.policy}"), ROLE_POLICY),
    ),
    "CKV_SLIPWAY_16": (
        _case("a service for anybody", trust({"Principal": {"Service": "sagemaker.amazonaws.com"}}), ROLE),
        _case("a whole account", trust({"Principal": {"AWS": "arn:aws:iam::444444444444:root"}}), ROLE),
        _case(
            "a condition that a missing key satisfies",
            trust(
                {
                    "Principal": {"Service": "sagemaker.amazonaws.com"},
                    "Condition": {"StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT}},
                }
            ),
            ROLE,
        ),
        _case(
            "any subject",
            trust(
                {
                    "Principal": {"Federated": f"{ARN}:oidc-provider/token.actions.githubusercontent.com"},
                    "Action": "sts:AssumeRoleWithWebIdentity",
                    "Condition": {"StringEquals": {"token.actions.githubusercontent.com:aud": "sts.amazonaws.com"}},
                }
            ),
            ROLE,
            "CKV_AWS_393",
        ),
    ),
    "CKV_SLIPWAY_17": (
        _case("no policy", gone("aws_s3_bucket_policy.models_policy"), MODELS),
        _case("reads only", put("aws_s3_bucket_policy.models_policy", "policy", _TLS_ONLY_IN_PART), MODELS),
        _case("a topic", drop("aws_sns_topic_policy.alarms_policy", "policy"), TOPIC),
    ),
    "CKV_SLIPWAY_18": (
        _case("anybody", key_policy({"Principal": {"AWS": "*"}, "Action": "kms:Decrypt"}), KEY),
        _case("everything for another account's role", key_policy({"Principal": {"AWS": f"{ARN}:role/x"}, "Action": "kms:*"}), KEY),
        _case("gone in a week", put(KEY, "deletion_window_in_days", 7), KEY),
    ),
    "CKV_SLIPWAY_19": (
        _case("state can be destroyed", drop(TFSTATE, "lifecycle"), TFSTATE),
        _case(
            "a month of states",
            put("aws_s3_bucket_lifecycle_configuration.tfstate_lifecycle", "rule.0.noncurrent_version_expiration.0.noncurrent_days", 30),
            TFSTATE,
        ),
        _case("table can be deleted", put(LOCK, "deletion_protection_enabled", False), LOCK),
        _case("wrong hash key", put(LOCK, "hash_key", "Lock"), LOCK),
        _case("provisioned", put(LOCK, "billing_mode", "PROVISIONED"), LOCK, "CKV2_AWS_16"),
    ),
    "CKV_SLIPWAY_20": (
        _case("not encrypted", _backend("encrypt", False), STACK),
        _case("no digest", _backend("dynamodb_table", None), STACK),
        _case("no lock file", _backend("use_lockfile", False), STACK),
        _case("credentials", _backend("access_key", "x"), STACK),
        _case("no backend", lambda documents: documents["prod-shared"]["terraform"].clear(), STACK),
    ),
    "CKV_SLIPWAY_21": (
        _case("no policy", gone("aws_ecr_lifecycle_policy.inference_lifecycle"), REPOSITORY),
        _case("any image", images(_ANY_20), REPOSITORY),
        _case("released images first", images({**_SHIELD, "countNumber": 10}), REPOSITORY),
        _case("the shield comes second", images({**_ANY_20, "tagStatus": "tagged", "tagPrefixList": ["build-"]}, _SHIELD), REPOSITORY),
        _case("unreadable", put("aws_ecr_lifecycle_policy.inference_lifecycle", "policy", "${var.rules}"), REPOSITORY),
    ),
    "CKV_SLIPWAY_22": (
        _case("no group", gone("aws_cloudwatch_log_group.wine_logs"), ENDPOINT),
        _case("another endpoint's", put("aws_cloudwatch_log_group.wine_logs", "name", "/aws/sagemaker/Endpoints/other"), ENDPOINT),
    ),
    "CKV_SLIPWAY_24": (_case("AWS's key", both(put(TOPIC, "kms_master_key_id", "alias/aws/sns"), silent("main"), silent("next")), TOPIC),),
    "CKV_SLIPWAY_25": (
        _case("user", add("prod-shared", "aws_iam_user.bob", {"name": "bob"}), "aws_iam_user.bob", "CKV_AWS_273"),
        _case(
            "notebook",
            add("prod-shared", "aws_sagemaker_notebook_instance.n", {"name": "n", "kms_key_id": "k", "direct_internet_access": "Disabled"}),
            "aws_sagemaker_notebook_instance.n",
            *("CKV_AWS_306", "CKV_AWS_307", "CKV_AWS_371", "CKV2_AWS_68"),
        ),
    ),
    "CKV_SLIPWAY_26": (
        _case("by name", put(MODEL, "primary_container.environment", {"DB_PASSWORD": "hunter2"}), MODEL),
        _case("by form", put(MODEL, "primary_container.environment", {"URL": "https://me:pass@example.com"}), MODEL),
        _case("in a tag", put(KEY, "tags", {"note": "AKIA" + "A" * 16}), KEY),
        _case(
            "in a parameter",
            add("prod-serving", "aws_ssm_parameter.p", {"name": "/slipway/api_key", "type": "String", "value": "abcdef"}),
            "aws_ssm_parameter.p",
        ),
    ),
    "CKV_SLIPWAY_27": (
        _case("no owner", _provider("default_tags", [{"tags": {"environment": "prod", "project": "slipway"}}]), STACK),
        _case("empty owner", _provider("default_tags", {"tags": {"environment": "prod", "project": "slipway", "owner": ""}}), STACK),
    ),
    "CKV_SLIPWAY_28": (
        _case("rotation", put(KEY, "enable_key_rotation", "${var.rotate}"), KEY),
        _case(
            "versions",
            put("aws_s3_bucket_versioning.models_versioning", "versioning_configuration", {"status": "${local.on}"}),
            "aws_s3_bucket_versioning.models_versioning",
        ),
    ),
    "CKV_SLIPWAY_29": (
        _case("two types, one id", add("prod-shared", "aws_kms_alias.models", {"name": "alias/m", "target_key_id": "k"}), STACK),
    ),
    "CKV_SLIPWAY_30": (
        _case(
            "full access",
            add(
                "prod-shared",
                "aws_iam_role_policy_attachment.a",
                {"role": "r", "policy_arn": "arn:aws:iam::aws:policy/AmazonSageMakerFullAccess"},
            ),
            "aws_iam_role_policy_attachment.a",
        ),
    ),
    "CKV_SLIPWAY_31": (
        _case(
            "a repository for all",
            put(
                "aws_ecr_repository_policy.inference_pull",
                "policy",
                policy({"Effect": "Allow", "Principal": "*", "Action": "ecr:BatchGetImage"}),
            ),
            "aws_ecr_repository_policy.inference_pull",
        ),
    ),
    "CKV_SLIPWAY_32": (_case("no logs", _lone_bucket("${aws_kms_key.data_key.arn}", None), "aws_s3_bucket.async"),),
    "CKV_SLIPWAY_33": (
        _case("S3's own key", _lone_bucket(None, "${aws_s3_bucket.access_logs.bucket}"), "aws_s3_bucket.async"),
        _case(
            "logs that never arrive",
            put(
                "aws_s3_bucket_server_side_encryption_configuration.access_logs_encryption",
                "rule.0.apply_server_side_encryption_by_default",
                {"sse_algorithm": "aws:kms", "kms_master_key_id": "${aws_kms_key.data_key.arn}"},
            ),
            LOGS,
        ),
    ),
}
