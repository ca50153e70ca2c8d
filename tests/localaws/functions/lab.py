"""Functions of the local AWS, made of a few lines of code."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from typing import Any

ACCOUNT, REGION = "111111111111", "eu-west-1"
ECHO = "def handle(event, context):\n    return event\n"


def package(code: str, **more: str) -> bytes:
    """A .zip with `app.py`, and further files by name."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as file:
        for name, text in {"app.py": code, **more}.items():
            file.writestr(name.replace("__", "/"), text)
    return target.getvalue()


class Functions:
    """Makes and invokes functions. `client(service)` gives boto3 clients."""

    def __init__(self, client: Callable[..., Any]) -> None:
        self.client = client
        self.api = client("lambda")
        self.role = client("iam").create_role(RoleName="function", AssumeRolePolicyDocument="{}")["Role"]["Arn"]

    def make(self, code: str = ECHO, name: str = "f", **options: Any) -> str:
        """Create a function; its ARN."""
        asked = {"Runtime": "python3.13", "Handler": "app.handle", "Timeout": 10, **options}
        made = self.api.create_function(FunctionName=name, Role=self.role, Code={"ZipFile": package(code)}, **asked)
        return str(made["FunctionArn"])

    def invoke(self, event: Any = None, name: str = "f", **options: Any) -> Any:
        """The payload of a synchronous invocation, decoded."""
        return json.loads(self.raw(event, name, **options)["Payload"].read())

    def raw(self, event: Any = None, name: str = "f", **options: Any) -> Any:
        """The whole answer of Invoke."""
        return self.api.invoke(FunctionName=name, Payload=json.dumps(event), **options)

    def log(self, group: str = "/aws/lambda/f") -> list[str]:
        """What stands in a log group."""
        logs = self.client("logs")
        if not logs.describe_log_groups(logGroupNamePrefix=group)["logGroups"]:
            return []
        return [event["message"] for event in logs.filter_log_events(logGroupName=group)["events"]]

    def total(self, metric: str, dimensions: dict[str, str], namespace: str = "AWS/Lambda", statistic: str = "Sum") -> float:
        """A statistic over everything a metric has ever had; 0.0 without datapoints."""
        now = datetime.now(timezone.utc)
        answer = self.client("cloudwatch").get_metric_statistics(
            Namespace=namespace,
            MetricName=metric,
            Dimensions=[{"Name": name, "Value": value} for name, value in dimensions.items()],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(minutes=1),
            Period=86_400,
            Statistics=[statistic],
        )
        return float(sum(point[statistic] for point in answer["Datapoints"]))


def until(condition: Callable[[], Any], seconds: float = 20.0) -> Any:
    """Wait until the condition gives something, and return it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.03)
    raise AssertionError(f"nothing within {seconds} s")
