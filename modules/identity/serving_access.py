"""What deploying and planning the serving stack calls, service by service. Pure: loads no toolkit."""

from __future__ import annotations

from modules._shared.naming import Naming
from modules.identity.access import Access, actions, prefix
from modules.identity.common_actions import CHANGE_LOG_GROUP


def serving(naming: Naming) -> list[Access]:
    """SageMaker, scaling, alarms, logs, topics, parameters."""
    return [_sagemaker(naming), _scaling(naming), _alarms(naming), _log_groups(naming), _topics(naming), _parameters(naming), *_listing()]


def _sagemaker(naming: Naming) -> Access:
    kinds = ("model", "endpoint-config", "endpoint")
    return Access(
        "SageMaker",
        tuple(naming.arn("sagemaker", f"{kind}/{prefix(naming)}*") for kind in kinds),
        plan=actions("sagemaker", "DescribeEndpoint", "DescribeEndpointConfig", "DescribeModel", "ListTags"),
        deploy=actions(
            "sagemaker",
            "AddTags",
            "CreateEndpoint",
            "CreateEndpointConfig",
            "CreateModel",
            "DeleteEndpoint",
            "DeleteEndpointConfig",
            "DeleteModel",
            "DeleteTags",
            "InvokeEndpoint",
            "InvokeEndpointAsync",
            "UpdateEndpoint",
            "UpdateEndpointWeightsAndCapacities",
        ),
    )


def _scaling(naming: Naming) -> Access:
    return Access(
        "Scaling",
        (naming.arn("application-autoscaling", "scalable-target/*"),),
        plan=actions("application-autoscaling", "ListTagsForResource"),
        deploy=actions(
            "application-autoscaling",
            "DeleteScalingPolicy",
            "DeleteScheduledAction",
            "DeregisterScalableTarget",
            "PutScalingPolicy",
            "PutScheduledAction",
            "RegisterScalableTarget",
            "TagResource",
            "UntagResource",
        ),
    )


def _alarms(naming: Naming) -> Access:
    # Application Auto Scaling makes its alarms with the caller's permissions, under names of its own.
    names = (f"alarm:{prefix(naming)}*", f"alarm:TargetTracking-endpoint/{prefix(naming)}*")
    return Access(
        "Alarms",
        tuple(naming.arn("cloudwatch", name) for name in names),
        plan=actions("cloudwatch", "ListTagsForResource"),
        deploy=actions("cloudwatch", "DeleteAlarms", "PutMetricAlarm", "TagResource", "UntagResource"),
    )


def _log_groups(naming: Naming) -> Access:
    group = naming.arn("logs", f"log-group:/aws/sagemaker/Endpoints/{prefix(naming)}*")
    return Access(
        "LogGroups",
        (group, f"{group}:*"),
        plan=actions("logs", "DescribeLogStreams", "FilterLogEvents", "GetLogEvents", "ListTagsForResource"),
        deploy=actions("logs", *CHANGE_LOG_GROUP),
    )


def _topics(naming: Naming) -> Access:
    return Access(
        "Topics",
        (naming.arn("sns", f"{prefix(naming)}*"),),
        plan=actions("sns", "GetTopicAttributes", "ListSubscriptionsByTopic", "ListTagsForResource"),
        deploy=actions("sns", "CreateTopic", "DeleteTopic", "SetTopicAttributes", "Subscribe", "TagResource", "UntagResource"),
    )


def _parameters(naming: Naming) -> Access:
    return Access(
        "Parameters",
        (naming.arn("ssm", f"parameter{naming.parameter('*')}"),),
        plan=actions("ssm", "GetParameter", "GetParameters", "GetParametersByPath", "ListTagsForResource"),
        deploy=actions("ssm", "AddTagsToResource", "DeleteParameter", "PutParameter", "RemoveTagsFromResource"),
    )


def _listing() -> list[Access]:
    """Actions that AWS offers no resource for."""
    reads = (
        *actions(
            "application-autoscaling",
            "DescribeScalableTargets",
            "DescribeScalingActivities",
            "DescribeScalingPolicies",
            "DescribeScheduledActions",
        ),
        *actions("cloudwatch", "DescribeAlarms"),
        *actions("kms", "ListAliases"),
        *actions("logs", "DescribeLogGroups"),
        *actions("sns", "GetSubscriptionAttributes"),
        *actions("ssm", "DescribeParameters"),
    )
    # CloudWatch takes composite alarms, and shows them, only with these two on all resources.
    changes = (*actions("cloudwatch", "PutCompositeAlarm"), *actions("sns", "SetSubscriptionAttributes", "Unsubscribe"))
    return [Access("Listing", ("*",), plan=reads, deploy=changes)]
