"""A web ACL in front of the stage, with its log."""

from __future__ import annotations

from typing import Any

from constructs import Construct

from modules._shared.log_group import encrypted_log_group
from modules._shared.naming import Naming
from modules._shared.provider import aws
from modules.api.options import Waf
from modules.api.spec import ApiSpec


class WebAcl(Construct):
    """Rule groups that AWS keeps, a limit for each address, and a log without authorization headers."""

    def __init__(self, scope: Construct, id: str, *, naming: Naming, spec: ApiSpec, stage_arn: str, logs_kms_key_arn: str) -> None:
        super().__init__(scope, id)
        self._name = naming.name("api", max_length=128)
        acl = self._create_acl(spec.waf or Waf())
        self.arn: str = acl.arn
        aws.wafv2_web_acl_association.Wafv2WebAclAssociation(self, "association", resource_arn=stage_arn, web_acl_arn=acl.arn)
        group = encrypted_log_group(self, f"aws-waf-logs-{self._name}", spec.logging.log_retention_in_days, logs_kms_key_arn)
        self._create_log(acl, group)

    def _create_acl(self, waf: Waf) -> Any:
        kinds = aws.wafv2_web_acl
        return aws.wafv2_web_acl.Wafv2WebAcl(
            self,
            "web_acl",
            name=self._name,
            scope="REGIONAL",
            default_action=kinds.Wafv2WebAclDefaultAction(allow=kinds.Wafv2WebAclDefaultActionAllow()),
            visibility_config=_visible(kinds.Wafv2WebAclVisibilityConfig, self._name),
            rule=self._rules(waf),
        )

    def _rules(self, waf: Waf) -> list[Any]:
        kinds = aws.wafv2_web_acl
        rules = []
        if waf.rate_limit is not None:
            limited = {"rate_based_statement": {"limit": waf.rate_limit, "aggregate_key_type": "IP"}}
            block = kinds.Wafv2WebAclRuleAction(block=kinds.Wafv2WebAclRuleActionBlock())
            rules.append(self._rule("rate-limit", 0, statement=limited, action=block))
        for number, group in enumerate(waf.managed_rule_groups, 1):
            statement = {"managed_rule_group_statement": {"vendor_name": "AWS", "name": group}}
            unchanged = kinds.Wafv2WebAclRuleOverrideAction(none=kinds.Wafv2WebAclRuleOverrideActionNone())
            rules.append(self._rule(group, number, statement=statement, override_action=unchanged))
        return rules

    def _rule(self, name: str, priority: int, **parts: Any) -> Any:
        kinds = aws.wafv2_web_acl
        visible = _visible(kinds.Wafv2WebAclRuleVisibilityConfig, name)
        return kinds.Wafv2WebAclRule(name=name, priority=priority, visibility_config=visible, **parts)

    def _create_log(self, acl: Any, group: Any) -> None:
        kinds = aws.wafv2_web_acl_logging_configuration
        headers = [
            kinds.Wafv2WebAclLoggingConfigurationRedactedFields(
                single_header=kinds.Wafv2WebAclLoggingConfigurationRedactedFieldsSingleHeader(name=name)
            )
            for name in ("authorization", "x-api-key", "x-amz-security-token")
        ]
        aws.wafv2_web_acl_logging_configuration.Wafv2WebAclLoggingConfiguration(
            self, "log", resource_arn=acl.arn, log_destination_configs=[group.arn], redacted_fields=headers
        )


def _visible(kind: Any, name: str) -> Any:
    return kind(cloudwatch_metrics_enabled=True, metric_name=name, sampled_requests_enabled=False)
