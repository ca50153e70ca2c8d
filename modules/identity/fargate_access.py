"""What deploying and planning models on Fargate calls, besides the serving and network stacks' rows. Pure: loads no toolkit.

Security groups are rows of the network, which every such model is in: they are recognized by the tags that all stacks set.
"""

from __future__ import annotations

from typing import Any

from modules._shared.naming import Naming
from modules.identity.access import Access, actions, prefix
from modules.identity.common_actions import CHANGE_LOG_GROUP, CHANGE_ROLE, CHANGE_ROLE_POLICY
from modules.identity.role_access import READ_ROLE

_CHANGE_CLUSTER = ("CreateCluster", "DeleteCluster", "TagResource", "UntagResource", "UpdateCluster", "UpdateClusterSettings")
_CHANGE_SERVICE = ("CreateService", "DeleteService", "TagResource", "UntagResource", "UpdateService")
_READ_SERVICE = ("DescribeServiceDeployments", "DescribeServices", "ListServiceDeployments", "ListTagsForResource")
_READ_BALANCER = (
    "DescribeCapacityReservation",
    "DescribeListenerAttributes",
    "DescribeListeners",
    "DescribeLoadBalancerAttributes",
    "DescribeLoadBalancers",
    "DescribeTags",
    "DescribeTargetGroupAttributes",
    "DescribeTargetGroups",
    "DescribeTargetHealth",
)
_CHANGE_BALANCER = (
    "AddTags",
    "CreateListener",
    "CreateLoadBalancer",
    "CreateTargetGroup",
    "DeleteListener",
    "DeleteLoadBalancer",
    "DeleteTargetGroup",
    "ModifyListener",
    "ModifyListenerAttributes",
    "ModifyLoadBalancerAttributes",
    "ModifyTargetGroup",
    "ModifyTargetGroupAttributes",
    "RemoveTags",
    "SetSecurityGroups",
    "SetSubnets",
)
_SHORT = 23
"""Characters that a load balancer's name, cut to 32, keeps of its beginning."""
_LINKED = {
    "ecs": "AWSServiceRoleForECS",
    "elasticloadbalancing": "AWSServiceRoleForElasticLoadBalancing",
    "ecs.application-autoscaling": "AWSServiceRoleForApplicationAutoScaling_ECSService",
}


def fargate(naming: Naming, boundary: str | None = None) -> list[Access]:
    """Rows of models on Fargate. With `boundary`, their roles cannot be made without that permissions boundary."""
    return [*_ecs(naming), *_balancers(naming), *_roles(naming, boundary), *_linked_roles(naming), _logs(naming), _alarms(naming)]


def _ecs(naming: Naming) -> list[Access]:
    """For registering revisions, looking at them and retiring them AWS offers no resource."""
    name = f"{prefix(naming)}*"
    clusters, services, families = (naming.arn("ecs", item) for item in (f"cluster/{name}", f"service/{name}", f"task-definition/{name}:*"))
    read_cluster = actions("ecs", "DescribeClusters", "ListTagsForResource")
    deployments = naming.arn("ecs", f"service-deployment/{name}")
    look = actions("ecs", "DescribeTaskDefinition", "ListTaskDefinitions")
    return [
        Access("Clusters", (clusters,), plan=read_cluster, deploy=actions("ecs", *_CHANGE_CLUSTER)),
        Access("Services", (services, deployments), plan=actions("ecs", *_READ_SERVICE), deploy=actions("ecs", *_CHANGE_SERVICE)),
        Access("Tasks", (families,), plan=actions("ecs", "ListTagsForResource"), deploy=actions("ecs", "TagResource", "UntagResource")),
        Access("TaskRevisions", ("*",), plan=look, deploy=actions("ecs", "DeregisterTaskDefinition", "RegisterTaskDefinition")),
    ]


def _balancers(naming: Naming) -> list[Access]:
    name = f"{prefix(naming)[:_SHORT]}*"
    kinds = (f"loadbalancer/app/{name}", f"listener/app/{name}", f"targetgroup/{name}")
    arns = tuple(naming.arn("elasticloadbalancing", kind) for kind in kinds)
    return [
        Access("LoadBalancers", arns, deploy=actions("elasticloadbalancing", *_CHANGE_BALANCER)),
        Access("ReadLoadBalancers", ("*",), plan=actions("elasticloadbalancing", *_READ_BALANCER)),
    ]


def _roles(naming: Naming, boundary: str | None) -> list[Access]:
    """Task and execution roles, passed to tasks alone."""
    arns = (naming.arn("iam", f"role/{prefix(naming)}fargate-*", region=False),)
    bounded: dict[str, Any] = {"StringEquals": {"iam:PermissionsBoundary": boundary}} if boundary else {}
    to_tasks = {"StringEquals": {"iam:PassedToService": "ecs-tasks.amazonaws.com"}}
    return [
        Access("FargateRoles", arns, plan=READ_ROLE, deploy=actions("iam", *CHANGE_ROLE)),
        Access("FargatePolicies", arns, deploy=actions("iam", *CHANGE_ROLE_POLICY), condition=bounded),
        Access("PassFargateRoles", arns, deploy=actions("iam", "PassRole"), condition=to_tasks),
    ]


def _linked_roles(naming: Naming) -> list[Access]:
    """The account's first cluster, load balancer and scaled service make the services' own roles."""
    services = {f"{service}.amazonaws.com": role for service, role in _LINKED.items()}
    arns = tuple(naming.arn("iam", f"role/aws-service-role/{service}/{role}", region=False) for service, role in services.items())
    condition = {"StringEquals": {"iam:AWSServiceName": sorted(services)}}
    return [Access("FargateServiceRoles", arns, deploy=actions("iam", "CreateServiceLinkedRole"), condition=condition)]


def _logs(naming: Naming) -> Access:
    group = naming.arn("logs", f"log-group:/aws/ecs/{prefix(naming)}*")
    read = actions("logs", "DescribeLogStreams", "FilterLogEvents", "GetLogEvents", "ListTagsForResource")
    return Access("FargateLogs", (group, f"{group}:*"), plan=read, deploy=actions("logs", *CHANGE_LOG_GROUP))


def _alarms(naming: Naming) -> Access:
    """Application Auto Scaling makes its alarms with the caller's permissions, under names of its own."""
    arn = (naming.arn("cloudwatch", f"alarm:TargetTracking-service/{prefix(naming)}*"),)
    return Access("FargateAlarms", arn, deploy=actions("cloudwatch", "DeleteAlarms", "PutMetricAlarm"))
