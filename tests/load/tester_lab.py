"""The testers of one environment on a local AWS, made from the module's own JSON, and an endpoint with a known delay to ask."""

from __future__ import annotations

import json
import time
from collections.abc import Iterable
from datetime import datetime, timezone
from types import SimpleNamespace
from typing import Any

from modules._shared.naming import Naming
from modules.load_test.cases import LoadCase
from modules.load_test.construct import ApiRefs, LoadTest, LoadTestRefs, function_package
from modules.load_test.spec import LoadTestSpec, log_group
from tests.localaws.hosting.lab import ACCOUNT, REGION, ROLE, Lab, variant
from tests.modules.support import resource, synth

NAMING = Naming("slipway", "dev", ACCOUNT, REGION)
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/00000000-0000-0000-0000-000000000000"
ENDPOINT = NAMING.name("wine")


def create_endpoint(lab: Lab) -> None:
    """The endpoint `slipway-dev-wine` of the tiny container."""
    lab.sagemaker.create_model(ModelName="one", ExecutionRoleArn=ROLE, PrimaryContainer=lab.container("yes"))
    lab.config("c", variant())
    lab.sagemaker.create_endpoint(EndpointName=ENDPOINT, EndpointConfigName="c")
    end = time.monotonic() + 60
    while lab.sagemaker.describe_endpoint(EndpointName=ENDPOINT)["EndpointStatus"] != "InService":
        assert time.monotonic() < end
        time.sleep(0.05)


def deploy_testers(client: Any, spec: LoadTestSpec, cases: Iterable[LoadCase], api: ApiRefs | None = None, naming: Naming = NAMING) -> Any:
    """Topic, function and subscription as the module's JSON says; returns what `slipway load --distributed` takes for the account."""
    refs = LoadTestRefs(list(cases), KEY, KEY, "" if api else ENDPOINT, api)
    document = synth(lambda stack: LoadTest(stack, "load_test", naming=naming, spec=spec, refs=refs))
    function = resource(document, "aws_lambda_function")
    options = {
        "FunctionName": function["function_name"],
        "Runtime": function["runtime"],
        "Handler": function["handler"],
        "Timeout": function["timeout"],
        "MemorySize": function["memory_size"],
        "Environment": {"Variables": function.get("environment", {}).get("variables", {})},
    }
    role = resource(document, "aws_iam_role")
    arn = client("iam").create_role(RoleName=role["name"], AssumeRolePolicyDocument=role["assume_role_policy"])["Role"]["Arn"]
    client("logs").create_log_group(logGroupName=log_group(naming))
    code = {"ZipFile": function_package(naming, spec, refs).content}
    arn = client("lambda").create_function(Role=arn, Code=code, **options)["FunctionArn"]
    client("lambda").put_function_concurrency(FunctionName=arn, ReservedConcurrentExecutions=function["reserved_concurrent_executions"])
    client("lambda").put_function_event_invoke_config(FunctionName=arn, MaximumRetryAttempts=0, MaximumEventAgeInSeconds=60)
    topic = client("sns").create_topic(Name=resource(document, "aws_sns_topic")["name"])["TopicArn"]
    client("lambda").add_permission(
        FunctionName=arn, StatementId="start-message", Action="lambda:InvokeFunction", Principal="sns.amazonaws.com", SourceArn=topic
    )
    client("sns").subscribe(TopicArn=topic, Protocol="lambda", Endpoint=arn)
    dashboard = resource(document, "aws_cloudwatch_dashboard")
    client("cloudwatch").put_dashboard(DashboardName=dashboard["dashboard_name"], DashboardBody=dashboard["dashboard_body"])
    return account_of(client, spec, naming)


def account_of(client: Any, spec: LoadTestSpec, naming: Naming = NAMING) -> Any:
    """What commands take for the account of an environment with these load testers."""
    config = SimpleNamespace(name=naming.environment, load_test=spec, account_id=ACCOUNT, region=REGION)
    return SimpleNamespace(naming=naming, config=config, client=client, is_local=True)


def statistics(client: Any, namespace: str, metric: str, where: dict[str, str], *names: str) -> dict[str, float]:
    """Statistics and percentiles of one metric over everything."""
    plain = [name for name in names if not name.startswith("p")]
    extended = [name for name in names if name.startswith("p")]
    now = time.time()
    period = 86_400
    found = client("cloudwatch").get_metric_statistics(
        Namespace=namespace,
        MetricName=metric,
        Dimensions=[{"Name": key, "Value": value} for key, value in where.items()],
        StartTime=datetime.fromtimestamp(now - now % period, timezone.utc),
        EndTime=datetime.fromtimestamp(now + 60, timezone.utc),
        Period=period,
        **({"Statistics": plain} if plain else {}),
        **({"ExtendedStatistics": extended} if extended else {}),
    )["Datapoints"]
    (point,) = found or [{}]
    return {name: float(point.get(name, point.get("ExtendedStatistics", {}).get(name, 0.0))) for name in names}


def log_events(client: Any) -> list[dict[str, Any]]:
    """What the testers logged as JSON."""
    events = client("logs").filter_log_events(logGroupName=log_group(NAMING))["events"]
    return [json.loads(event["message"]) for event in events if event["message"].startswith("{")]
