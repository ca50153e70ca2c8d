"""API keys and usage plans."""

from __future__ import annotations

from typing import Any

from constructs import Construct

from modules._shared.naming import Naming
from modules._shared.provider import aws
from modules.api.authorization import ApiKey, UsagePlan


class Usage(Construct):
    """One plan for each entry of `usage_plans`, with its keys. AWS makes the keys' values; they stand in the state, which is encrypted."""

    def __init__(self, scope: Construct, id: str, *, naming: Naming, spec: ApiKey, api_id: str, stage_name: str) -> None:
        super().__init__(scope, id)
        self._naming, self._api_id, self._stage_name = naming, api_id, stage_name
        self._key_ids: dict[str, str] = {}
        for name, plan in sorted(spec.usage_plans.items()):
            self._create_keys(self._create_plan(name, plan), plan)

    @property
    def key_ids(self) -> list[str]:
        """Ids of all keys, in the order of their names."""
        return [key_id for _, key_id in sorted(self._key_ids.items())]

    def _create_plan(self, name: str, plan: UsagePlan) -> Any:
        kinds = aws.api_gateway_usage_plan
        quota = plan.quota
        limits = kinds.ApiGatewayUsagePlanQuotaSettings(limit=quota.limit, period=quota.period, offset=quota.offset) if quota else None
        return aws.api_gateway_usage_plan.ApiGatewayUsagePlan(
            self,
            f"plan_{name}",
            name=self._naming.name("api", name, max_length=255),
            description=f"What holders of a key of plan {name} may use",
            api_stages=[kinds.ApiGatewayUsagePlanApiStages(api_id=self._api_id, stage=self._stage_name)],
            throttle_settings=kinds.ApiGatewayUsagePlanThrottleSettings(rate_limit=plan.rate_limit, burst_limit=plan.burst_limit),
            quota_settings=limits,
        )

    def _create_keys(self, plan: Any, spec: UsagePlan) -> None:
        for name in sorted(spec.keys):
            key = aws.api_gateway_api_key.ApiGatewayApiKey(
                self,
                f"key_{name}",
                name=self._naming.name("api", name, max_length=255),
                description=f"Key of {name}",
                enabled=True,
            )
            self._key_ids[name] = key.id
            aws.api_gateway_usage_plan_key.ApiGatewayUsagePlanKey(
                self, f"plan_key_{name}", key_id=key.id, key_type="API_KEY", usage_plan_id=plan.id
            )
