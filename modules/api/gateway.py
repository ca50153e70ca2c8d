"""The REST API: resources, methods, models, answers, and the deployment that follows their content."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from constructs import Construct

from modules._shared.naming import Naming, content_hash
from modules._shared.provider import aws, cdktf
from modules.api.authorization import ApiKey, AwsIam, Cognito
from modules.api.definition import ERROR, ROOT, gateway_responses, json_schema, model_name, nodes, offered
from modules.api.endpoints import ApiEndpoint
from modules.api.preflight import preflight
from modules.api.spec import ApiSpec, api_name

INTEGRATION_TIMEOUT = 29_000
"""Milliseconds API Gateway waits for the function (quota: 29 seconds)."""


class Gateway(Construct):
    """`rest_api` and `deployment`. The deployment's trigger is a hash of everything below: made anew exactly when something changes."""

    def __init__(self, scope: Construct, id: str, *, naming: Naming, spec: ApiSpec, invoke_arn: str) -> None:
        super().__init__(scope, id)
        self._naming, self._spec, self._invoke_arn = naming, spec, invoke_arn
        self._content: list[Any] = [["region", naming.region, naming.account_id]]
        self._parts: list[Any] = []
        self.rest_api = self._create_rest_api()
        self._ids = self._create_resources()
        self._validator = self._create_validator()
        self._access = self._create_access()
        self._create_methods()
        self._create_answers()
        self.deployment = self._create_deployment()

    def part(self, kind: Any, id: str, attributes: dict[str, Any], **references: Any) -> Any:
        """One resource of the API. `attributes` are literals and count for the deployment; `references` point at other parts."""
        self._content.append([id, attributes])
        made = kind(self, id, **attributes, **references)
        self._parts.append(made)
        return made

    def _create_rest_api(self) -> Any:
        spec = self._spec
        attributes = {
            "name": api_name(self._naming),
            "description": f"Front door of the endpoints of {self._naming.name()}",
            "api_key_source": "HEADER",
            "binary_media_types": list(spec.binary_media_types),
            "disable_execute_api_endpoint": bool(spec.domain and spec.domain.disable_execute_api_endpoint),
        }
        if spec.minimum_compression_size is not None:
            attributes["minimum_compression_size"] = str(spec.minimum_compression_size)
        return self.part(
            aws.api_gateway_rest_api.ApiGatewayRestApi,
            "rest_api",
            attributes,
            endpoint_configuration={"types": ["REGIONAL"]},
            lifecycle=cdktf.TerraformResourceLifecycle(create_before_destroy=True),
        )

    def _create_resources(self) -> dict[str, str]:
        """Ids of the resources by path."""
        ids = {ROOT: self.rest_api.root_resource_id}
        kind = aws.api_gateway_resource.ApiGatewayResource
        for node in nodes(self._spec):
            name = construct_id("resource", node.path)
            made = self.part(kind, name, {"path_part": node.path_part}, rest_api_id=self.rest_api.id, parent_id=ids[node.parent])
            ids[node.path] = made.id
        return ids

    def _create_validator(self) -> Any:
        attributes = {"name": "body-and-parameters", "validate_request_body": True, "validate_request_parameters": True}
        kind = aws.api_gateway_request_validator.ApiGatewayRequestValidator
        return self.part(kind, "request_validator", attributes, rest_api_id=self.rest_api.id)

    def _create_access(self) -> dict[str, Any]:
        """What every method says about authorization."""
        authorization = self._spec.authorization
        if isinstance(authorization, AwsIam):
            return {"authorization": "AWS_IAM"}
        if isinstance(authorization, ApiKey):
            return {"authorization": "NONE", "api_key_required": True}
        if not isinstance(authorization, Cognito):
            return {"authorization": "NONE"}
        attributes = {
            "name": "cognito",
            "type": "COGNITO_USER_POOLS",
            "identity_source": "method.request.header.Authorization",
            "provider_arns": list(authorization.provider_arns),
        }
        kind = aws.api_gateway_authorizer.ApiGatewayAuthorizer
        authorizer = self.part(kind, "authorizer", attributes, rest_api_id=self.rest_api.id)
        scopes = {"authorization_scopes": list(authorization.scopes)} if authorization.scopes else {}
        return {"authorization": "COGNITO_USER_POOLS", **scopes, "authorizer_id": authorizer.id}

    def _create_methods(self) -> None:
        """The offered methods, and ANY everywhere else, so that what is not there is answered 404 or 405 after authorization."""
        for path, method, name, endpoint in offered(self._spec):
            model = self._model(name, endpoint)
            checked = {"request_models": dict.fromkeys(endpoint.content_types, model_name(name))} if model else {}
            self._method(path, method, checked, [model] if model else None)
        for path in self._ids:
            self._method(path, "ANY")
        if self._spec.cors is not None:
            for path in sorted({path for path, *_ in offered(self._spec)}):
                preflight(self, path, self.rest_api.id, self._ids[path], self._validator.id, self._spec)

    def _model(self, name: str, endpoint: ApiEndpoint) -> Any:
        """The model that bodies are checked against, or None."""
        if endpoint.request_schema is None:
            return None
        attributes = {"name": model_name(name), "content_type": "application/json", "schema": json_schema(endpoint)}
        return self.part(aws.api_gateway_model.ApiGatewayModel, f"model_{name}", attributes, rest_api_id=self.rest_api.id)

    def _method(self, path: str, method: str, checked: Mapping[str, Any] = MappingProxyType({}), after: list[Any] | None = None) -> None:
        """One method that calls the function; `checked` says which models bodies are checked against, `after` holds those."""
        literals = {key: value for key, value in self._access.items() if key != "authorizer_id"}
        at = {"rest_api_id": self.rest_api.id, "resource_id": self._ids[path]}
        authorizer = {"authorizer_id": self._access["authorizer_id"]} if "authorizer_id" in self._access else {}
        made = self.part(
            aws.api_gateway_method.ApiGatewayMethod,
            construct_id(f"method_{method.lower()}", path),
            {**literals, **checked, "http_method": method},
            request_validator_id=self._validator.id,
            depends_on=after,
            **at,
            **authorizer,
        )
        self.part(
            aws.api_gateway_integration.ApiGatewayIntegration,
            construct_id(f"integration_{method.lower()}", path),
            {"type": "AWS_PROXY", "integration_http_method": "POST", "timeout_milliseconds": INTEGRATION_TIMEOUT},
            http_method=made.http_method,
            uri=self._invoke_arn,
            **at,
        )

    def _create_answers(self) -> None:
        for kind, headers in gateway_responses(self._spec).items():
            attributes: dict[str, Any] = {"response_type": kind, "response_templates": {"application/json": ERROR}}
            if headers:
                attributes["response_parameters"] = {f"gatewayresponse.header.{name}": value for name, value in headers.items()}
            self.part(
                aws.api_gateway_gateway_response.ApiGatewayGatewayResponse,
                f"gateway_response_{kind.lower()}",
                attributes,
                rest_api_id=self.rest_api.id,
            )

    def _create_deployment(self) -> Any:
        return aws.api_gateway_deployment.ApiGatewayDeployment(
            self,
            "deployment",
            rest_api_id=self.rest_api.id,
            triggers={"content": content_hash(self._content)},
            depends_on=self._parts,
            lifecycle=cdktf.TerraformResourceLifecycle(create_before_destroy=True),
        )


def construct_id(kind: str, path: str) -> str:
    """`method_post_endpoints_wine_invocations`; a `_` of the path is doubled, so that two paths never get one id."""
    return kind + path.replace("{proxy+}", "unknown-path").replace("_", "__").replace("/", "_")
