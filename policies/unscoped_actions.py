"""Actions for which the resource `*` is right, because AWS knows no narrower one. Source: Service Authorization Reference."""

from __future__ import annotations

from fnmatch import fnmatchcase

from policies.statements import Statement

_WITHOUT_RESOURCES = (
    "application-autoscaling:describe*",
    "ce:listcostallocationtags",
    "ce:updatecostallocationtagsstatus",
    "cloudwatch:describealarms",
    "cloudwatch:putcompositealarm",
    "cloudwatch:getmetricdata",
    "cloudwatch:getmetricstatistics",
    "cloudwatch:listmetrics",
    "dynamodb:listtables",
    "ec2:createnetworkinterface",
    "ec2:createnetworkinterfacepermission",
    "ec2:deletenetworkinterface",
    "ec2:deletenetworkinterfacepermission",
    "ec2:describe*",
    "ecr:describeregistry",
    "ecr:getauthorizationtoken",
    "ecs:deregistertaskdefinition",
    "ecs:describetaskdefinition",
    "ecs:listtaskdefinitions",
    "ecs:registertaskdefinition",
    "elasticloadbalancing:describe*",
    "iam:listopenidconnectproviders",
    "iam:listpolicies",
    "iam:listroles",
    "kms:createkey",
    "kms:listaliases",
    "kms:listkeys",
    "logs:createlogdelivery",
    "logs:deletelogdelivery",
    "logs:deletequerydefinition",
    "logs:describeloggroups",
    "logs:describequerydefinitions",
    "logs:getlogdelivery",
    "logs:listlogdeliveries",
    "logs:updatelogdelivery",
    "states:validatestatemachinedefinition",
    "xray:getsampling*",
    "logs:describeresourcepolicies",
    "logs:putquerydefinition",
    "logs:putresourcepolicy",
    "s3:listallmybuckets",
    "sagemaker:list*",
    "sns:getsubscriptionattributes",
    "sns:listtopics",
    "sns:setsubscriptionattributes",
    "sns:unsubscribe",
    "ssm:describeparameters",
    "sts:getcalleridentity",
    "tag:getresources",
    "xray:put*",
)
_NARROWED_BY_CONDITION = {"cloudwatch:putmetricdata": ("cloudwatch:namespace",)}


def may_use_any_resource(action: str, statement: Statement) -> bool:
    """Whether `action` has nothing narrower than `*`, or is narrowed by the condition made for it."""
    name = action.lower()
    keys = _NARROWED_BY_CONDITION.get(name)
    if keys is not None:
        return statement.has_condition(*keys)
    if "*" in name:
        return name in _WITHOUT_RESOURCES
    return any(fnmatchcase(name, pattern) for pattern in _WITHOUT_RESOURCES)
