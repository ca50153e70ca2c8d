"""What deploying and planning the api stack calls: API Gateway, Lambda, WAF, their roles and logs. Pure: loads no toolkit.

API Gateway's actions are HTTP methods on paths, and its paths hold generated ids: they are narrowed by the kind of thing. An account
holds one environment, so what is in them is the environment's.
"""

from __future__ import annotations

from modules._shared.naming import Naming
from modules.identity.access import Access, actions, prefix
from modules.identity.common_actions import CHANGE_FUNCTION, CHANGE_LOG_GROUP, CHANGE_ROLE, CHANGE_ROLE_POLICY, READ_FUNCTION
from modules.identity.role_access import READ_ROLE
from modules.identity.shared_access import use_stack_key

_GATEWAY = ("apikeys", "domainnames", "restapis", "usageplans")
_CHANGE_ACL = (
    "AssociateWebACL",
    "CreateWebACL",
    "DeleteLoggingConfiguration",
    "DeleteWebACL",
    "DisassociateWebACL",
    "PutLoggingConfiguration",
    "TagResource",
    "UntagResource",
    "UpdateWebACL",
)
_SERVICE = "ops.apigateway.amazonaws.com"
_READ_ACL = ("GetLoggingConfiguration", "GetWebACL", "GetWebACLForResource", "ListTagsForResource")


def api(naming: Naming, boundary: str | None = None) -> list[Access]:
    """Rows of the api stack. With `boundary`, its roles cannot be made without that permissions boundary."""
    return [
        *_gateway(naming),
        _service_role(naming),
        _function(naming),
        *_roles(naming, boundary),
        _logs(naming),
        use_stack_key(naming, "api", "ApiKey"),
        *_web_acl(naming),
    ]


def _gateway(naming: Naming) -> list[Access]:
    paths = [path for kind in _GATEWAY for path in (f"/{kind}", f"/{kind}/*")]
    arns = tuple(naming.arn("apigateway", path, account=False) for path in [*paths, "/account", "/tags/*"])
    stages = (naming.arn("apigateway", "/restapis/*/stages/*", account=False),)
    return [
        Access("Gateway", arns, plan=actions("apigateway", "GET"), deploy=actions("apigateway", "DELETE", "PATCH", "POST", "PUT")),
        Access("CallApi", (naming.arn("execute-api", f"*/{naming.environment}/*"),), deploy=actions("execute-api", "Invoke")),
        Access("GatewayWebAcl", stages, deploy=actions("apigateway", "SetWebACL")),
    ]


def _service_role(naming: Naming) -> Access:
    """The account's first custom domain name makes API Gateway's service-linked role, with the caller's permissions."""
    arn = naming.arn("iam", f"role/aws-service-role/{_SERVICE}/AWSServiceRoleForAPIGateway", region=False)
    condition = {"StringEquals": {"iam:AWSServiceName": _SERVICE}}
    return Access("GatewayServiceRole", (arn,), deploy=actions("iam", "CreateServiceLinkedRole"), condition=condition)


def _function(naming: Naming) -> Access:
    arn = (naming.arn("lambda", f"function:{prefix(naming)}api"),)
    return Access("ApiFunction", arn, plan=actions("lambda", *READ_FUNCTION), deploy=actions("lambda", *CHANGE_FUNCTION))


def _roles(naming: Naming, boundary: str | None) -> list[Access]:
    """The function's role and the one that writes API Gateway's logs; each can be passed to its own service only."""
    arns = {kind: naming.arn("iam", f"role/{prefix(naming)}api-{kind}", region=False) for kind in ("function", "logs")}
    bounded = {"StringEquals": {"iam:PermissionsBoundary": boundary}} if boundary else {}
    services = {"function": "lambda.amazonaws.com", "logs": "apigateway.amazonaws.com"}
    return [
        Access("ApiRoles", tuple(arns.values()), plan=READ_ROLE, deploy=actions("iam", *CHANGE_ROLE)),
        Access("ApiPolicies", tuple(arns.values()), deploy=actions("iam", *CHANGE_ROLE_POLICY), condition=bounded),
        *(
            Access(
                f"PassApi{kind.title()}",
                (arns[kind],),
                deploy=actions("iam", "PassRole"),
                condition={"StringEquals": {"iam:PassedToService": service}},
            )
            for kind, service in services.items()
        ),
    ]


def _logs(naming: Naming) -> Access:
    names = (
        f"/aws/lambda/{prefix(naming)}api",
        f"/aws/apigateway/{prefix(naming)}api/*",
        f"API-Gateway-Execution-Logs_*/{naming.environment}",
        f"aws-waf-logs-{prefix(naming)}api",
    )
    groups = tuple(naming.arn("logs", f"log-group:{name}{end}") for name in names for end in ("", ":*"))
    return Access(
        "ApiLogs", groups, plan=actions("logs", "FilterLogEvents", "ListTagsForResource"), deploy=actions("logs", *CHANGE_LOG_GROUP)
    )


def _web_acl(naming: Naming) -> list[Access]:
    """WAF asks for the rights on the rule groups, and on the stage an ACL is put before or taken away from.

    Its log is delivered by a policy of CloudWatch Logs, for which AWS offers no resource.
    """
    acls = (naming.arn("wafv2", f"regional/webacl/{prefix(naming)}api/*"),)
    stages = (naming.arn("apigateway", "/restapis/*/stages/*", account=False),)
    rules = (naming.arn("wafv2", "regional/managedruleset/*"),)
    delivery = actions("logs", "CreateLogDelivery", "DeleteLogDelivery", "DescribeResourcePolicies", "PutResourcePolicy")
    return [
        Access("WebAcl", (*acls, *rules, *stages), plan=actions("wafv2", *_READ_ACL), deploy=actions("wafv2", *_CHANGE_ACL)),
        Access("WebAclLog", ("*",), deploy=delivery),
    ]
