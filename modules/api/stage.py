"""The stage: logs, throttling, tracing, canary."""

from __future__ import annotations

from typing import Any

from constructs import Construct

from modules._shared.key_policy import document
from modules._shared.log_group import encrypted_log_group
from modules._shared.naming import Naming
from modules._shared.provider import aws
from modules.api.definition import access_log_format, offered
from modules.api.function.request import variable
from modules.api.gateway import Gateway
from modules.api.lambda_function import service_trust
from modules.api.refs import ApiRefs
from modules.api.spec import ApiSpec, access_log_group, stage_name

_WRITE_LOGS = (
    "logs:CreateLogGroup",
    "logs:CreateLogStream",
    "logs:DescribeLogStreams",
    "logs:FilterLogEvents",
    "logs:GetLogEvents",
    "logs:PutLogEvents",
)


class Stage(Construct):
    """`stage`, `access_log_group` and `execution_log_group` (None when execution logs are off)."""

    def __init__(self, scope: Construct, id: str, *, naming: Naming, spec: ApiSpec, gateway: Gateway, refs: ApiRefs) -> None:
        super().__init__(scope, id)
        self._naming, self._spec, self._gateway, self._refs = naming, spec, gateway, refs
        account = self._create_account() if spec.logging.create_account_role else None
        self.access_log_group = self._create_log_group("access_log_group", access_log_group(naming), refs.logs_kms_key_arn)
        self.execution_log_group = self._create_execution_log_group()
        self.stage = self._create_stage([part for part in (account, self.execution_log_group) if part])
        self._create_settings()

    def _create_account(self) -> Any:
        """API Gateway has one role for the logs of all APIs of an account and region. It tries it out on a log group of its own."""
        role = aws.iam_role.IamRole(
            self,
            "account_role",
            name=self._naming.name("api-logs", max_length=64),
            description="API Gateway writes logs of this account's APIs",
            assume_role_policy=document([service_trust("apigateway.amazonaws.com")]),
            permissions_boundary=self._spec.function.permissions_boundary,
        )
        groups = self._naming.arn("logs", "log-group:*")
        statements = [
            {"Sid": "WriteLogs", "Effect": "Allow", "Action": list(_WRITE_LOGS), "Resource": [groups]},
            {"Sid": "ListLogs", "Effect": "Allow", "Action": ["logs:DescribeLogGroups"], "Resource": ["*"]},
        ]
        policy = aws.iam_role_policy.IamRolePolicy(self, "account_policy", name="write-logs", role=role.name, policy=document(statements))
        kind = aws.api_gateway_account.ApiGatewayAccount
        return kind(self, "account", cloudwatch_role_arn=role.arn, depends_on=[policy])

    def _create_log_group(self, id: str, name: str, key: str) -> Any:
        return encrypted_log_group(self, name, self._spec.logging.log_retention_in_days, key, id)

    def _create_execution_log_group(self) -> Any:
        """Before the stage: API Gateway would make it itself, unencrypted and kept for ever."""
        if self._spec.logging.execution_level == "OFF":
            return None
        name = f"API-Gateway-Execution-Logs_{self._gateway.rest_api.id}/{stage_name(self._naming)}"
        return self._create_log_group("execution_log_group", name, self._refs.kms_key_arn)

    def _create_stage(self, before: list[Any]) -> Any:
        kinds = aws.api_gateway_stage
        access = kinds.ApiGatewayStageAccessLogSettings(destination_arn=self.access_log_group.arn, format=access_log_format())
        return aws.api_gateway_stage.ApiGatewayStage(
            self,
            "stage",
            rest_api_id=self._gateway.rest_api.id,
            deployment_id=self._gateway.deployment.id,
            stage_name=stage_name(self._naming),
            description=f"Front door of the endpoints of {self._naming.name()}",
            access_log_settings=access,
            xray_tracing_enabled=self._spec.xray_tracing_enabled,
            canary_settings=self._canary(),
            depends_on=before,
        )

    def _canary(self) -> Any:
        """The same deployment with stage variables of its own; the function reads them."""
        canary = self._spec.canary
        if canary is None:
            return None
        return aws.api_gateway_stage.ApiGatewayStageCanarySettings(
            deployment_id=self._gateway.deployment.id,
            percent_traffic=canary.percent_traffic,
            stage_variable_overrides={variable(name): variant for name, variant in sorted(canary.target_variants.items())},
            use_stage_cache=False,
        )

    def _create_settings(self) -> None:
        """For all methods, and for those with limits of their own."""
        throttle = self._spec.throttle
        self._settings("method_settings", "*/*", throttle.throttling_rate_limit, throttle.throttling_burst_limit)
        for path, method, name, endpoint in offered(self._spec):
            if endpoint.throttle is not None:
                rate, burst = endpoint.throttle.throttling_rate_limit, endpoint.throttle.throttling_burst_limit
                # API Gateway's key of one method: a path's slashes are escaped, the last one is not.
                self._settings(f"method_settings_{name}", f"{path.replace('/', '~1')}/{method}", rate, burst)

    def _settings(self, id: str, method_path: str, rate: float, burst: int) -> None:
        kinds = aws.api_gateway_method_settings
        settings = kinds.ApiGatewayMethodSettingsSettings(
            metrics_enabled=self._spec.logging.metrics_enabled,
            logging_level=self._spec.logging.execution_level,
            data_trace_enabled=False,
            throttling_rate_limit=rate,
            throttling_burst_limit=burst,
            caching_enabled=False,
        )
        aws.api_gateway_method_settings.ApiGatewayMethodSettings(
            self,
            id,
            rest_api_id=self._gateway.rest_api.id,
            stage_name=self.stage.stage_name,
            method_path=method_path,
            settings=settings,
        )
