"""Row T12 with everything real: requests through the runtime, metrics, an alarm, and a roll-back that nobody notices."""

from __future__ import annotations

import threading
from collections import Counter

from tests.localaws.hosting.lab import Lab, variant

LATE_MICROSECONDS = 200_000
CANARY = {
    "BlueGreenUpdatePolicy": {
        "TrafficRoutingConfiguration": {
            "Type": "CANARY",
            "WaitIntervalInSeconds": 1200,
            "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 50},
        },
        "MaximumExecutionTimeoutInSeconds": 3600,
    },
    "AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "latency"}]},
}


def test_a_slow_release_is_rolled_back_by_its_own_latency(lab: Lab) -> None:
    lab.model("one"), lab.model("late", BREAK="late")
    for name in ("one", "late"):
        lab.config(name, variant(model=name))
    lab.create("one")
    lab.client("cloudwatch").put_metric_alarm(
        AlarmName="latency",
        Namespace="AWS/SageMaker",
        MetricName="ModelLatency",
        Dimensions=[{"Name": "EndpointName", "Value": "e"}, {"Name": "VariantName", "Value": "main"}],
        Statistic="Maximum",
        Period=60,
        EvaluationPeriods=1,
        Threshold=LATE_MICROSECONDS,
        ComparisonOperator="GreaterThanThreshold",
    )
    statuses: Counter[int] = Counter()
    done = threading.Event()

    def ask() -> None:
        runtime = lab.client("sagemaker-runtime")
        while not done.wait(0.02):
            statuses[runtime.invoke_endpoint(EndpointName="e", Body=b"x")["ResponseMetadata"]["HTTPStatusCode"]] += 1

    threads = [threading.Thread(target=ask) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        lab.update("late", CANARY)
        described = lab.wait()
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert described["EndpointConfigName"] == "one" and "ALARM state: [latency]" in described["FailureReason"]
    assert set(statuses) == {200} and lab.ask()["answer"] == "one"
    (alarm,) = lab.client("cloudwatch").describe_alarms(AlarmNames=["latency"])["MetricAlarms"]
    assert alarm["StateUpdatedTimestamp"]
