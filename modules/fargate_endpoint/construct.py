"""A model on ECS Fargate behind an internal load balancer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from constructs import Construct

from modules._shared.blocks import typed
from modules._shared.log_group import encrypted_log_group
from modules._shared.naming import Naming
from modules._shared.outputs import output
from modules._shared.provider import aws, cdktf
from modules.fargate_endpoint.alarms import create_alarms
from modules.fargate_endpoint.balancer import Balancer, create_balancer
from modules.fargate_endpoint.groups import Groups, security_groups
from modules.fargate_endpoint.refs import FargateRefs
from modules.fargate_endpoint.roles import TaskRoles, create_roles
from modules.fargate_endpoint.scaling import ServiceScaling
from modules.fargate_endpoint.spec import PORT, FargateConfig, log_group, service_name
from modules.fargate_endpoint.task import CONTAINER, task_definition

STEADY_TIMEOUT = "20m"
"""How long Terraform waits until a deployment has succeeded or was rolled back."""


@dataclass(frozen=True)
class FargateOutputs:
    """What callers and operators need."""

    url: str = output("Where callers in the network reach the model: paths /invocations and /ping.")
    dns_name: str = output("Host name of the load balancer, for a DNS record of yours.")
    zone_id: str = output("Hosted zone of that host, for a Route 53 alias record.")
    security_group_id: str = output("Security group of the load balancer.")
    cluster_name: str = output("Name of the ECS cluster.")
    service_name: str = output("Name of the ECS service.")
    log_group_name: str = output("Log group of the containers.")
    alarm_names: list[str] = output("Alarms that roll a deployment back.")
    composite_alarm_name: str = output("The composite alarm over all of them; empty when there are none.")


class FargateEndpoint(Construct):
    """Cluster, service and load balancer `project-environment-name`."""

    def __init__(self, scope: Construct, id: str, *, naming: Naming, name: str, spec: FargateConfig, refs: FargateRefs) -> None:
        super().__init__(scope, id)
        _refuse(name, spec, refs)
        self._naming, self._name, self._spec, self._refs = naming, name, spec, refs
        self._log_group = self._create_log_group()
        self._cluster = self._create_cluster()
        roles = create_roles(self, naming, name, spec, refs)
        task = task_definition(self, naming, name, spec, refs, roles)
        groups = security_groups(self, naming, name, spec, refs)
        balancer = create_balancer(self, naming, name, spec, refs, groups)
        self._alarms = create_alarms(self, naming, name, spec.alarms, balancer, refs.alarm_topic_arns)
        self._service = self._create_service(task, roles, groups, balancer)
        if spec.autoscaling is not None:
            ServiceScaling(self, "scaling", spec=spec.autoscaling, cluster=self._cluster, service=self._service, balancer=balancer)
        self.outputs = self._outputs(balancer, groups)

    def _create_log_group(self) -> Any:
        return encrypted_log_group(self, log_group(self._naming, self._name), self._spec.log_retention_in_days, self._refs.logs_kms_key_arn)

    def _create_cluster(self) -> Any:
        setting = [{"name": "containerInsights", "value": self._spec.container_insights}]
        return aws.ecs_cluster.EcsCluster(
            self,
            "cluster",
            name=service_name(self._naming, self._name),
            **typed(aws.ecs_cluster, "EcsCluster", {"setting": setting}),
        )

    def _create_service(self, task: Any, roles: TaskRoles, groups: Groups, balancer: Balancer) -> Any:
        """Without a way in, a way out and its permissions no task can start: the service comes after them, and goes before them."""
        spec, scaled = self._spec, self._spec.autoscaling is not None
        network = {
            "subnets": list(self._refs.subnet_ids),
            "security_groups": [groups.tasks.id, self._refs.client_security_group_id],
            "assign_public_ip": False,
        }
        blocks = {
            "network_configuration": network,
            "load_balancer": [{"target_group_arn": balancer.target_group.arn, "container_name": CONTAINER, "container_port": PORT}],
            "deployment_circuit_breaker": {"enable": True, "rollback": True},
            "deployment_controller": {"type": "ECS"},
            "alarms": {"alarm_names": list(self._alarms.each), "enable": True, "rollback": True} if self._alarms.each else None,
            "timeouts": {"create": STEADY_TIMEOUT, "update": STEADY_TIMEOUT, "delete": STEADY_TIMEOUT},
        }
        return aws.ecs_service.EcsService(
            self,
            "service",
            name=service_name(self._naming, self._name),
            cluster=self._cluster.arn,
            task_definition=task.arn,
            desired_count=spec.desired_count,
            launch_type="FARGATE",
            platform_version=spec.hosting.platform_version,
            scheduling_strategy="REPLICA",
            enable_execute_command=False,
            enable_ecs_managed_tags=True,
            propagate_tags="SERVICE",
            health_check_grace_period_seconds=spec.health_check.grace_period,
            deployment_minimum_healthy_percent=spec.deployment.minimum_healthy_percent,
            deployment_maximum_percent=spec.deployment.maximum_percent,
            wait_for_steady_state=True,
            lifecycle=cdktf.TerraformResourceLifecycle(ignore_changes=["desired_count"]) if scaled else None,
            depends_on=[balancer.listener, self._log_group, *roles.policies, *groups.rules],
            **typed(aws.ecs_service, "EcsService", blocks),
        )

    def _outputs(self, balancer: Balancer, groups: Groups) -> FargateOutputs:
        https, dns_name = self._spec.load_balancer.https, balancer.load_balancer.dns_name
        return FargateOutputs(
            url=f"https://{https.host_name}" if https else f"http://{dns_name}",
            dns_name=dns_name,
            zone_id=balancer.load_balancer.zone_id,
            security_group_id=groups.load_balancer.id,
            cluster_name=self._cluster.name,
            service_name=self._service.name,
            log_group_name=self._log_group.name,
            alarm_names=list(self._alarms.each),
            composite_alarm_name=self._alarms.composite,
        )


def _refuse(name: str, spec: FargateConfig, refs: FargateRefs) -> None:
    problems = []
    if "@sha256:" not in refs.image:
        problems.append("the image must be named by its digest")
    if len(refs.subnet_ids) < 2:
        problems.append("a load balancer needs subnets in two zones")
    if bool(refs.model_url) != bool(refs.model_sha256 and refs.artifacts_arn):
        problems.append("a model is fetched with its SHA-256 and the ARN of its objects")
    if spec.load_balancer.access_logs and refs.access_logs_bucket is None:
        problems.append("load_balancer.access_logs needs a bucket")
    if problems:
        raise ValueError("; ".join(f"{name}: {problem}" for problem in problems))
