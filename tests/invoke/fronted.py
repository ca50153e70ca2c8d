"""The API of `modules/api` in front of served endpoints: its own package, paths, models and answers, made with boto3 instead of Terraform."""

from __future__ import annotations

from typing import Any

from modules._shared.naming import Naming
from modules.api.authorization import ApiKey, AwsIam
from modules.api.definition import ERROR, ROOT, access_log_format, gateway_responses, json_schema, model_name, nodes, offered
from modules.api.lambda_function import HANDLER, function_package
from modules.api.refs import ApiRefs, Target
from modules.api.spec import ApiSpec, access_log_group, api_name, function_name, stage_name

ACCOUNT, REGION = "111111111111", "eu-west-1"
NAMING = Naming("slipway", "dev", ACCOUNT, REGION, {})
OFFERED = ("wine", "broken", "later", "nothing", "creating", "serverless")


def front_spec(**options: Any) -> ApiSpec:
    """An API in front of everything that tests ask for."""
    schema = {"type": "object", "required": ["numbers"]}
    endpoints: dict[str, Any] = {name: {} for name in OFFERED}
    endpoints["checked"] = {"path": "/checked", "content_types": ["application/json"], "request_schema": schema, "max_request_bytes": 1000}
    endpoints["streamed"] = {"path": "/streamed", "response_stream": True}
    return ApiSpec.model_validate({"endpoints": endpoints, **options})


class Front:
    """The deployed API. `client(service)` gives boto3 clients of the account."""

    def __init__(self, client: Any, spec: ApiSpec) -> None:
        self.client, self.spec = client, spec
        self._gateway, self._lambda = client("apigateway"), client("lambda")
        self._make_function()
        made = self._gateway.create_rest_api(name=api_name(NAMING), binaryMediaTypes=list(spec.binary_media_types))
        self.id = str(made["id"])
        self._ids = {ROOT: made["rootResourceId"]}
        self._allow()
        self._make_methods()
        self._make_answers()
        self._deploy()

    def endpoint_name(self, name: str) -> str:
        """The SageMaker endpoint behind a name of the API; `checked` and `streamed` ask that of `wine`."""
        return f"slipway-dev-{'wine' if name in ('checked', 'streamed') else name}"

    def path(self, name: str) -> str:
        """The path of an endpoint below the stage."""
        return self.spec.endpoints[name].route(name)

    def shorten(self, path: str, milliseconds: int) -> None:
        """API Gateway waits only so long for the function at this path."""
        patch = [{"op": "replace", "path": "/timeoutInMillis", "value": str(milliseconds)}]
        self._gateway.update_integration(restApiId=self.id, resourceId=self._ids[path], httpMethod="POST", patchOperations=patch)
        self._gateway.create_deployment(restApiId=self.id, stageName=stage_name(NAMING))

    def limit(self, rate: float, burst: int) -> None:
        """Throttle the whole stage."""
        told = (("rateLimit", str(rate)), ("burstLimit", str(burst)))
        patch = [{"op": "replace", "path": f"/*/*/throttling/{name}", "value": value} for name, value in told]
        self._gateway.update_stage(restApiId=self.id, stageName=stage_name(NAMING), patchOperations=patch)

    def _make_function(self) -> None:
        targets = {name: Target(self.endpoint_name(name)) for name in self.spec.endpoints}
        targets["later"] = Target("slipway-dev-later", "asynchronous", "models/input/")
        package = function_package(self.spec, ApiRefs(targets=targets, logs_kms_key_arn="unused", kms_key_arn="unused"))
        role = self.client("iam").create_role(RoleName="api-function", AssumeRolePolicyDocument="{}")["Role"]["Arn"]
        made = self._lambda.create_function(
            FunctionName=function_name(NAMING),
            Runtime=self.spec.function.runtime,
            Handler=HANDLER,
            Role=role,
            Timeout=self.spec.function.timeout,
            Code={"ZipFile": package.content},
            Environment={"Variables": {"LOG_LEVEL": "INFO"}},
        )
        self._arn = made["FunctionArn"]

    def _allow(self) -> None:
        self._lambda.add_permission(
            FunctionName=function_name(NAMING),
            StatementId="ApiGateway",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{self.id}/{stage_name(NAMING)}/*",
        )

    def _make_methods(self) -> None:
        for node in nodes(self.spec):
            made = self._gateway.create_resource(restApiId=self.id, parentId=self._ids[node.parent], pathPart=node.path_part)
            self._ids[node.path] = made["id"]
        validator = self._gateway.create_request_validator(
            restApiId=self.id, name="all", validateRequestBody=True, validateRequestParameters=True
        )["id"]
        for path, method, name, endpoint in offered(self.spec):
            models = {}
            if endpoint.request_schema is not None:
                model = {"name": model_name(name), "contentType": "application/json", "schema": json_schema(endpoint)}
                self._gateway.create_model(restApiId=self.id, **model)
                models = {"requestModels": dict.fromkeys(endpoint.content_types, model_name(name))}
            self._method(path, method, requestValidatorId=validator, **models)
        for path in self._ids:
            self._method(path, "ANY")

    def _method(self, path: str, method: str, **options: Any) -> None:
        at = {"restApiId": self.id, "resourceId": self._ids[path], "httpMethod": method}
        signed, keyed = isinstance(self.spec.authorization, AwsIam), isinstance(self.spec.authorization, ApiKey)
        self._gateway.put_method(**at, authorizationType="AWS_IAM" if signed else "NONE", apiKeyRequired=keyed, **options)
        uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{self._arn}/invocations"
        self._gateway.put_integration(**at, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)

    def _make_answers(self) -> None:
        for kind, headers in gateway_responses(self.spec).items():
            parameters = {f"gatewayresponse.header.{name}": value for name, value in headers.items()}
            self._gateway.put_gateway_response(
                restApiId=self.id, responseType=kind, responseParameters=parameters, responseTemplates={"application/json": ERROR}
            )

    def _deploy(self) -> None:
        deployment, stage, group = self._gateway.create_deployment(restApiId=self.id)["id"], stage_name(NAMING), access_log_group(NAMING)
        self._gateway.create_stage(restApiId=self.id, stageName=stage, deploymentId=deployment)
        self.client("logs").create_log_group(logGroupName=group)
        told = {"destinationArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}", "format": access_log_format()}
        operations = [{"op": "replace", "path": f"/accessLogSettings/{name}", "value": value} for name, value in told.items()]
        self._gateway.update_stage(restApiId=self.id, stageName=stage, patchOperations=operations)
        if isinstance(self.spec.authorization, ApiKey):
            self._sell(self.spec.authorization)

    def _sell(self, authorization: ApiKey) -> None:
        for name, plan in authorization.usage_plans.items():
            limits: dict[str, Any] = {"throttle": {"rateLimit": plan.rate_limit, "burstLimit": plan.burst_limit}}
            stages = [{"apiId": self.id, "stage": stage_name(NAMING)}]
            made = self._gateway.create_usage_plan(name=NAMING.name("api", name), apiStages=stages, **limits)
            for key in plan.keys:
                one = self._gateway.create_api_key(name=NAMING.name("api", key), enabled=True)
                self._gateway.create_usage_plan_key(usagePlanId=made["id"], keyId=one["id"], keyType="API_KEY")
