"""What the tests of services share: a network, a load balancer, task definitions of the tiny container, somebody who asks."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any
from urllib.error import HTTPError

from tests.localaws.hosting.lab import REGION, Lab

WAIT_SECONDS = 60.0
LOGS = "/aws/ecs/wine"


class Yard:
    """The service `wine` in the cluster `c`, behind the load balancer `wine`."""

    def __init__(self, client: Any, url: str, image: Path) -> None:
        self.connect(client, url)
        self._image = Lab(client, image).image
        self._network()
        self._balancer()
        self.ecs.create_cluster(clusterName="c")
        client("logs").create_log_group(logGroupName=LOGS)

    def connect(self, client: Any, url: str) -> None:
        """Use the local AWS at `url`."""
        self.client = client
        self.ecs, self.elb, self.ec2 = client("ecs"), client("elbv2"), client("ec2")
        self._through = urllib.request.build_opener(urllib.request.ProxyHandler({"http": url}))

    def _network(self) -> None:
        vpc = self.ec2.create_vpc(CidrBlock="10.0.0.0/24")["Vpc"]["VpcId"]
        blocks = {"a": "10.0.0.0/26", "b": "10.0.0.64/26"}
        made = [self.ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=REGION + zone) for zone, cidr in blocks.items()]
        self.vpc, self.subnets = vpc, [item["Subnet"]["SubnetId"] for item in made]
        self.group = self.ec2.create_security_group(GroupName="tasks", Description="Tasks", VpcId=vpc)["GroupId"]

    def _balancer(self) -> None:
        made = self.elb.create_load_balancer(Name="wine", Subnets=self.subnets, SecurityGroups=[self.group], Scheme="internal")
        self.balancer = made["LoadBalancers"][0]
        check = {"HealthCheckPath": "/ping", "HealthCheckIntervalSeconds": 10, "HealthyThresholdCount": 2, "UnhealthyThresholdCount": 2}
        target = {"Protocol": "HTTP", "Port": 8080, "VpcId": self.vpc, "TargetType": "ip"}
        self.target_group = self.elb.create_target_group(Name="wine", **target, **check)["TargetGroups"][0]["TargetGroupArn"]
        forward = {"Type": "forward", "TargetGroupArn": self.target_group}
        self.elb.create_listener(LoadBalancerArn=self.balancer["LoadBalancerArn"], Protocol="HTTP", Port=80, DefaultActions=[forward])

    def definition(self, image: str = "", **environment: str) -> str:
        """ARN of a new revision."""
        container = {
            "name": "model",
            "image": image or self._image,
            "command": ["serve"],
            "environment": [{"name": name, "value": value} for name, value in environment.items()],
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": {"awslogs-group": LOGS, "awslogs-region": REGION, "awslogs-stream-prefix": "model"},
            },
        }
        made = self.ecs.register_task_definition(
            family="wine",
            requiresCompatibilities=["FARGATE"],
            networkMode="awsvpc",
            cpu="256",
            memory="512",
            containerDefinitions=[container],
        )
        return str(made["taskDefinition"]["taskDefinitionArn"])

    def create(self, definition: str, desired: int = 2, *, rollback: bool = True, alarms: Sequence[str] = ()) -> dict[str, Any]:
        """The service, waited for. `alarms`: those that fail a deployment."""
        watched = {"alarms": {"alarmNames": list(alarms), "enable": True, "rollback": rollback}} if alarms else {}
        network = {"subnets": self.subnets, "securityGroups": [self.group], "assignPublicIp": "DISABLED"}
        self.ecs.create_service(
            cluster="c",
            serviceName="wine",
            taskDefinition=definition,
            desiredCount=desired,
            launchType="FARGATE",
            networkConfiguration={"awsvpcConfiguration": network},
            loadBalancers=[{"targetGroupArn": self.target_group, "containerName": "model", "containerPort": 8080}],
            deploymentConfiguration={"deploymentCircuitBreaker": {"enable": True, "rollback": rollback}, **watched},
            healthCheckGracePeriodSeconds=30,
        )
        return self.steady()

    def update(self, **options: Any) -> None:
        """UpdateService."""
        self.ecs.update_service(cluster="c", service="wine", **options)

    def service(self) -> dict[str, Any]:
        """The service now."""
        found: dict[str, Any] = self.ecs.describe_services(cluster="c", services=["wine"])["services"][0]
        return found

    def steady(self) -> dict[str, Any]:
        """The service, once one deployment is left and not in progress."""
        self.until(lambda: [item["rolloutState"] for item in self.service()["deployments"]] in (["COMPLETED"], ["FAILED"]))
        return self.service()

    def until(self, true: Callable[[], object]) -> None:
        """Wait for it."""
        ends = time.monotonic() + WAIT_SECONDS
        while not true():
            assert time.monotonic() < ends, self.service()
            time.sleep(0.2)

    def tasks(self) -> list[dict[str, Any]]:
        """Running tasks."""
        arns = self.ecs.list_tasks(cluster="c", serviceName="wine")["taskArns"]
        return list(self.ecs.describe_tasks(cluster="c", tasks=arns)["tasks"]) if arns else []

    def health(self) -> list[str]:
        """States of the registered targets."""
        found = self.elb.describe_target_health(TargetGroupArn=self.target_group)["TargetHealthDescriptions"]
        return [item["TargetHealth"]["State"] for item in found]

    def ask(self, body: str = "hello", host: str = "", port: int = 80) -> tuple[int, dict[str, Any]]:
        """Status and answer of POST /invocations through the load balancer."""
        url = f"http://{host or self.balancer['DNSName']}:{port}/invocations"
        request = urllib.request.Request(url, body.encode(), {"Content-Type": "text/plain"})
        try:
            with self._through.open(request, timeout=30) as answer:
                return answer.status, json.loads(answer.read())
        except HTTPError as error:
            return error.code, json.loads(error.read() or b"{}")
