"""API Gateway (REST) and a Lambda function in front of SageMaker endpoints."""

from __future__ import annotations

from dataclasses import dataclass

from constructs import Construct

from modules._shared.naming import Naming
from modules._shared.outputs import output
from modules._shared.provider import aws
from modules.api.authorization import ApiKey
from modules.api.domain import CustomDomain
from modules.api.fit import check_fit
from modules.api.gateway import Gateway
from modules.api.lambda_function import ApiFunction
from modules.api.refs import ApiRefs
from modules.api.spec import ApiSpec
from modules.api.stage import Stage
from modules.api.usage import Usage
from modules.api.waf import WebAcl


@dataclass(frozen=True)
class ApiOutputs:
    """What others need of the API."""

    id: str = output("Id of the REST API: the first part of its host name.")
    invoke_url: str = output("Address of the stage; paths come after it.")
    execution_arn: str = output("ARN to allow `execute-api:Invoke` on: append `/<stage>/<method>/<path>`.")
    stage_name: str = output("Name of the stage.")
    function_name: str = output("Name of the Lambda function.")
    function_log_group_name: str = output("Log group of the function.")
    access_log_group_name: str = output("Log group of the access log.")
    execution_log_group_name: str | None = output("Log group of API Gateway's own work; absent when execution_level is OFF.")
    domain_target: str | None = output("Host that the custom domain's DNS record points at; absent without one.")
    domain_zone_id: str | None = output("Hosted zone of that host, for a Route 53 alias record; absent without a custom domain.")
    key_ids: list[str] | None = output("Ids of the API keys, in the order of their names; absent when no keys are asked for.")
    web_acl_arn: str | None = output("ARN of the web ACL; absent without one.")


class Api(Construct):
    """The API `project-environment-api` with one stage, called like the environment."""

    def __init__(self, scope: Construct, id: str, *, naming: Naming, spec: ApiSpec, refs: ApiRefs) -> None:
        super().__init__(scope, id)
        _refuse(spec, refs)
        self._naming, self._spec, self._refs = naming, spec, refs
        self._function = ApiFunction(self, "function", naming=naming, spec=spec, refs=refs)
        self._gateway = Gateway(self, "gateway", naming=naming, spec=spec, invoke_arn=self._function.function.invoke_arn)
        self._stage = self._create_stage()
        self._create_permission()
        self._usage = self._create_usage()
        self._domain = self._create_domain()
        self._web_acl = self._create_web_acl()
        self.outputs = self._outputs()

    def _create_stage(self) -> Stage:
        return Stage(self, "stage", naming=self._naming, spec=self._spec, gateway=self._gateway, refs=self._refs)

    def _create_permission(self) -> None:
        """This stage of this API may call the function, and nothing else may."""
        aws.lambda_permission.LambdaPermission(
            self,
            "permission",
            statement_id="ApiGateway",
            action="lambda:InvokeFunction",
            function_name=self._function.function.function_name,
            principal="apigateway.amazonaws.com",
            source_arn=f"{self._gateway.rest_api.execution_arn}/{self._stage.stage.stage_name}/*",
        )

    def _create_usage(self) -> Usage | None:
        authorization, stage = self._spec.authorization, self._stage.stage
        if not isinstance(authorization, ApiKey):
            return None
        return Usage(self, "usage", naming=self._naming, spec=authorization, api_id=self._gateway.rest_api.id, stage_name=stage.stage_name)

    def _create_domain(self) -> CustomDomain | None:
        if self._spec.domain is None:
            return None
        return CustomDomain(
            self, "domain", spec=self._spec.domain, api_id=self._gateway.rest_api.id, stage_name=self._stage.stage.stage_name
        )

    def _create_web_acl(self) -> WebAcl | None:
        if self._spec.waf is None:
            return None
        key, stage = self._refs.logs_kms_key_arn, self._stage.stage
        return WebAcl(self, "waf", naming=self._naming, spec=self._spec, stage_arn=stage.arn, logs_kms_key_arn=key)

    def _outputs(self) -> ApiOutputs:
        stage, execution = self._stage.stage, self._stage.execution_log_group
        return ApiOutputs(
            id=self._gateway.rest_api.id,
            invoke_url=stage.invoke_url,
            execution_arn=self._gateway.rest_api.execution_arn,
            stage_name=stage.stage_name,
            function_name=self._function.function.function_name,
            function_log_group_name=self._function.log_group.name,
            access_log_group_name=self._stage.access_log_group.name,
            execution_log_group_name=execution.name if execution else None,
            domain_target=self._domain.target if self._domain else None,
            domain_zone_id=self._domain.zone_id if self._domain else None,
            key_ids=self._usage.key_ids if self._usage else None,
            web_acl_arn=self._web_acl.arn if self._web_acl else None,
        )


def _refuse(spec: ApiSpec, refs: ApiRefs) -> None:
    problems = [*check_fit(spec, {name: target.hosting_kind for name, target in refs.targets.items()})]
    if spec.function.network == "private" and not (refs.subnet_ids and refs.security_group_ids):
        problems.append(("function.network", "private needs subnets and security groups"))
    if problems:
        raise ValueError("; ".join(f"api.{path}: {message}" for path, message in problems))
