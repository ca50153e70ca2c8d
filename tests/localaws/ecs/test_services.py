"""Services run real containers: as many as they should, of the right revision, replaced when they die, rolled back when they do not come up."""

from __future__ import annotations

import os
import signal
import threading
from typing import Any

from slipway.localaws.ecs import live
from slipway.localaws.hosting import containers
from tests.localaws.ecs.yard import LOGS, Yard
from tests.localaws.hosting.lab import ACCOUNT, REGION


def messages(service: dict[str, Any]) -> str:
    return "\n".join(event["message"] for event in service["events"])


def test_a_service_runs_its_tasks_and_ends_them(yard: Yard) -> None:
    service = yard.create(yard.definition(NAME="one"))
    (deployment,) = service["deployments"]
    assert (deployment["status"], deployment["rolloutState"], service["runningCount"], service["pendingCount"]) == (
        "PRIMARY",
        "COMPLETED",
        2,
        0,
    )
    assert "has reached a steady state" in messages(service)
    first, second = yard.tasks()
    assert first["lastStatus"] == second["lastStatus"] == "RUNNING" and first["startedBy"] == deployment["id"]
    assert containers.count() == 2 and yard.health() == ["healthy", "healthy"]
    interfaces = yard.ec2.describe_network_interfaces()["NetworkInterfaces"]
    assert len(interfaces) == 2
    yard.update(desiredCount=0)
    yard.ecs.delete_service(cluster="c", service="wine")
    yard.until(lambda: containers.count() == 0 and not yard.ec2.describe_network_interfaces()["NetworkInterfaces"])
    assert yard.ask()[0] == 503 and yard.tasks() == []


def test_settings_are_described_as_they_were_given(yard: Yard) -> None:
    service = yard.create(yard.definition(NAME="one"), 1)
    assert service["healthCheckGracePeriodSeconds"] == 30
    assert service["deploymentConfiguration"] == {
        "deploymentCircuitBreaker": {"enable": True, "rollback": True},
        "maximumPercent": 200,
        "minimumHealthyPercent": 100,
    }


def test_counts_beyond_the_containers_are_reported_as_on_aws(yard: Yard) -> None:
    service = yard.create(yard.definition(NAME="one"), 5)
    assert service["runningCount"] == 5 and containers.count() == 2


def test_a_deployment_loses_no_request(yard: Yard) -> None:
    yard.create(yard.definition(NAME="one"))
    answers: list[tuple[int, Any]] = []
    over = threading.Event()

    def keep_asking() -> None:
        while not over.is_set():
            status, answer = yard.ask("sleep 0.02")
            answers.append((status, answer.get("name")))

    asking = threading.Thread(target=keep_asking)
    asking.start()
    second = yard.definition(NAME="two")
    yard.update(taskDefinition=second)
    service = yard.steady()
    yard.until(lambda: containers.count() == 2)
    over.set()
    asking.join(10)
    assert service["taskDefinition"] == second and {status for status, _ in answers} == {200}
    assert answers[0][1] == "one" and yard.ask()[1]["name"] == "two"


def test_a_deployment_that_does_not_come_up_is_rolled_back(yard: Yard) -> None:
    good = yard.definition(NAME="good")
    yard.create(good)
    yard.update(taskDefinition=yard.definition(BREAK="exit"))
    yard.until(lambda: "rolling back" in messages(yard.service()))
    service = yard.steady()
    assert service["taskDefinition"] == good and service["runningCount"] == 2
    assert "deployment failed: tasks failed to start" in messages(service)
    assert yard.ask()[1]["name"] == "good"


def test_a_first_deployment_that_does_not_come_up_fails(yard: Yard) -> None:
    service = yard.create(yard.definition(BREAK="exit"), 1)
    (deployment,) = service["deployments"]
    assert deployment["rolloutState"] == "FAILED" and "circuit breaker" in deployment["rolloutStateReason"]
    assert deployment["failedTasks"] >= 3 and service["runningCount"] == 0


def test_a_task_that_dies_is_replaced(yard: Yard) -> None:
    yard.create(yard.definition(NAME="one"), 1)
    (before,) = yard.tasks()
    (task,) = live.services()[0].tasks
    os.kill(task.pid, signal.SIGKILL)
    yard.until(lambda: [item["taskArn"] for item in yard.tasks() if item["lastStatus"] == "RUNNING"] not in ([], [before["taskArn"]]))
    yard.until(lambda: yard.health() == ["healthy"])
    (stopped,) = yard.ecs.describe_tasks(cluster="c", tasks=[before["taskArn"]])["tasks"]
    assert (stopped["lastStatus"], stopped["stoppedReason"]) == ("STOPPED", "Essential container in task exited")
    assert stopped["stopCode"] == "EssentialContainerExited" and stopped["containers"][0]["exitCode"] == 137


def test_logs_reach_the_group_of_the_task_definition(yard: Yard) -> None:
    yard.create(yard.definition(NAME="one"), 1)
    yard.ask("hello")
    (task,) = yard.tasks()
    stream = f"model/model/{task['taskArn'].rpartition('/')[2]}"
    logs = yard.client("logs")
    yard.until(lambda: any(item["logStreamName"] == stream for item in logs.describe_log_streams(logGroupName=LOGS)["logStreams"]))
    yard.until(lambda: logs.get_log_events(logGroupName=LOGS, logStreamName=stream)["events"])


def test_an_image_that_is_not_here_makes_the_service_a_record(yard: Yard) -> None:
    image = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/other@sha256:{'ab' * 32}"
    service = yard.create(yard.definition(image=image))
    assert service["runningCount"] == 2 and service["deployments"][0]["rolloutState"] == "COMPLETED"
    assert containers.count() == 0 and yard.ask()[0] == 503


def test_revisions_are_listed_in_order(yard: Yard) -> None:
    made = [yard.definition(NAME=str(number)) for number in range(11)]
    listed = yard.ecs.list_task_definitions(familyPrefix="wine", status="ACTIVE", sort="DESC", maxResults=2)["taskDefinitionArns"]
    assert listed == [made[10], made[9]]
    yard.ecs.deregister_task_definition(taskDefinition=made[10])
    assert yard.ecs.list_task_definitions(familyPrefix="wine", sort="DESC", maxResults=1)["taskDefinitionArns"] == [made[9]]


def test_a_scaled_service_follows_requests_per_target(yard: Yard) -> None:
    yard.create(yard.definition(NAME="one"), 1)
    scaling = yard.client("application-autoscaling")
    target = {"ServiceNamespace": "ecs", "ResourceId": "service/c/wine", "ScalableDimension": "ecs:service:DesiredCount"}
    scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=3)
    balancer, group = yard.balancer["LoadBalancerArn"].partition(":loadbalancer/")[2], yard.target_group.rpartition(":")[2]
    metric = {"PredefinedMetricType": "ALBRequestCountPerTarget", "ResourceLabel": f"{balancer}/{group}"}
    tracking = {"TargetValue": 1.0, "PredefinedMetricSpecification": metric, "ScaleOutCooldown": 0}
    policy = {"PolicyName": "requests", "PolicyType": "TargetTrackingScaling", "TargetTrackingScalingPolicyConfiguration": tracking}
    scaling.put_scaling_policy(**target, **policy)

    def grown() -> bool:
        yard.ask()
        return bool(yard.service()["desiredCount"] > 1)

    yard.until(grown)
    yard.until(lambda: yard.service()["runningCount"] == yard.service()["desiredCount"])
    activity = scaling.describe_scaling_activities(ServiceNamespace="ecs")["ScalingActivities"][-1]
    assert activity["ResourceId"] == "service/c/wine" and "desired count" in activity["Description"]
