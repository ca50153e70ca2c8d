"""What deploying, planning and invoking models in Lambda functions calls. Pure: loads no toolkit."""

from __future__ import annotations

from typing import Any

from modules._shared.naming import Naming
from modules.identity.access import Access, actions, prefix
from modules.identity.common_actions import CHANGE_FUNCTION, CHANGE_LOG_GROUP, CHANGE_ROLE, CHANGE_ROLE_POLICY, READ_FUNCTION
from modules.identity.role_access import READ_ROLE
from modules.identity.shared_access import use_stack_key

MANY = 4
"""Above this many functions they are named by the environment's prefix: IAM takes 6,144 characters of a managed policy."""
_SERVICE = "lambda.application-autoscaling.amazonaws.com"
_READ = ("GetAlias", "GetProvisionedConcurrencyConfig")
_CHANGE = (
    "CreateAlias",
    "DeleteAlias",
    "DeleteProvisionedConcurrencyConfig",
    "InvokeFunction",
    "PublishVersion",
    "PutProvisionedConcurrencyConfig",
    "UpdateAlias",
)


def lambda_endpoint(naming: Naming, names: tuple[str, ...], roles: tuple[str, ...], boundary: str | None = None) -> list[Access]:
    """Rows of the functions called `names` and of their `roles`; scaling and parameters are rows of the serving stack.

    With `boundary`, the roles cannot be made without that permissions boundary.
    """
    known = names if len(names) <= MANY else (f"{prefix(naming)}*",)
    functions = tuple(naming.arn("lambda", f"function:{name}{part}") for name in known for part in ("", ":*"))
    groups = tuple(naming.arn("logs", f"log-group:/aws/lambda/{name}{part}") for name in known for part in ("", ":*"))
    read_logs = actions("logs", "FilterLogEvents", "ListTagsForResource")
    change = actions("lambda", *CHANGE_FUNCTION, *_CHANGE)
    return [
        Access("ModelFunctions", functions, plan=actions("lambda", *READ_FUNCTION, *_READ), deploy=change),
        Access("ModelFunctionLogs", groups, plan=read_logs, deploy=actions("logs", *CHANGE_LOG_GROUP)),
        *_roles(naming, roles if len(names) <= MANY else (f"{prefix(naming)}*-function",), boundary),
        use_stack_key(naming, "inference", "ModelFunctionKey"),
        _service_role(naming),
        _alarms(naming),
    ]


def _roles(naming: Naming, names: tuple[str, ...], boundary: str | None) -> list[Access]:
    """They can be passed to Lambda only."""
    roles = tuple(naming.arn("iam", f"role/{name}", region=False) for name in names)
    bounded: dict[str, Any] = {"StringEquals": {"iam:PermissionsBoundary": boundary}} if boundary else {}
    to_lambda = {"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}
    return [
        Access("ModelFunctionRoles", roles, plan=READ_ROLE, deploy=actions("iam", *CHANGE_ROLE)),
        Access("ModelFunctionPolicies", roles, deploy=actions("iam", *CHANGE_ROLE_POLICY), condition=bounded),
        Access("PassModelFunctionRoles", roles, deploy=actions("iam", "PassRole"), condition=to_lambda),
    ]


def _alarms(naming: Naming) -> Access:
    """Application Auto Scaling makes its alarms with the caller's permissions, under names of its own."""
    arn = (naming.arn("cloudwatch", f"alarm:TargetTracking-function:{prefix(naming)}*"),)
    return Access("ModelFunctionAlarms", arn, deploy=actions("cloudwatch", "DeleteAlarms", "PutMetricAlarm"))


def _service_role(naming: Naming) -> Access:
    """The account's first scaled provisioned concurrency makes Application Auto Scaling's service-linked role."""
    role = f"role/aws-service-role/{_SERVICE}/AWSServiceRoleForApplicationAutoScaling_LambdaConcurrency"
    condition = {"StringEquals": {"iam:AWSServiceName": _SERVICE}}
    arn = naming.arn("iam", role, region=False)
    return Access("ModelFunctionScalingRole", (arn,), deploy=actions("iam", "CreateServiceLinkedRole"), condition=condition)
