"""Updates of parts of an API, which moto lacks: JSON patches of models, methods, integrations, resources, deployments, domains."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from moto.apigateway.models import Authorizer
from moto.apigateway.responses import APIGatewayResponse

from slipway.localaws.patches import adds, wraps

_LACKS = "not implemented in moto: the provider cannot change one"
_Convert = Callable[[str], Any]


def patch(target: Any, operations: list[dict[str, Any]], attributes: Mapping[str, str | tuple[str, _Convert]]) -> None:
    """Apply patch operations to one of moto's objects.

    `attributes`: first part of a path -> attribute, or attribute and conversion. A path with a second part is a key of a map, or with
    `/-` or no index an item of a list.
    """
    for operation in operations:
        first, *rest = [part.replace("~1", "/").replace("~0", "~") for part in operation["path"].lstrip("/").split("/")]
        named = attributes.get(first)
        if named is None:
            raise NotImplementedError(f"{operation['op']} {operation['path']}")
        attribute, convert = named if isinstance(named, tuple) else (named, str)
        removes, value = operation["op"] == "remove", operation.get("value")
        if isinstance(getattr(target, attribute, None), list) or (first == "authorizationScopes"):
            _item(target, attribute, value if value is not None else rest[0], removes=removes)
        elif rest:
            content = dict(getattr(target, attribute, None) or {})
            content.pop(rest[0], None)
            setattr(target, attribute, content if removes else {**content, rest[0]: convert(value if value is not None else "")})
        else:
            setattr(target, attribute, None if removes or value is None else convert(value))


def _item(target: Any, attribute: str, value: Any, *, removes: bool) -> None:
    kept = [one for one in getattr(target, attribute, None) or [] if one != value]
    setattr(target, attribute, kept if removes else [*kept, value])


def _bool(value: str) -> bool:
    return str(value).lower() == "true"


@adds(APIGatewayResponse, _LACKS)
def update_model(self: Any) -> str:
    """Schema and description."""
    _, _, api, _, name = self.path.split("/")[:5]
    model = self.backend.get_model(api, name)
    patch(model, self._get_param("patchOperations"), {"schema": "schema", "description": "description"})
    return json.dumps(model.to_json())


_METHOD: dict[str, str | tuple[str, _Convert]] = {
    "authorizationType": "authorization_type",
    "authorizerId": "authorizer_id",
    "apiKeyRequired": ("api_key_required", _bool),
    "requestValidatorId": "request_validator_id",
    "operationName": "operation_name",
    "requestParameters": ("request_parameters", _bool),
    "requestModels": "request_models",
    "authorizationScopes": "authorization_scopes",
}
_INTEGRATION: dict[str, str | tuple[str, _Convert]] = {
    "type": "integration_type",
    "uri": "uri",
    "httpMethod": "http_method",
    "timeoutInMillis": ("timeout_in_millis", int),
    "passthroughBehavior": "passthrough_behaviour",
    "contentHandling": "content_handling",
    "credentials": "credentials",
    "connectionType": "connection_type",
    "requestTemplates": "request_templates",
    "requestParameters": "request_parameters",
    "cacheNamespace": "cache_namespace",
    "cacheKeyParameters": "cache_key_parameters",
}


@adds(APIGatewayResponse, _LACKS)
def update_method(self: Any) -> str:
    """Authorization, key, validator, parameters, models."""
    method = _method(self)
    patch(method, self._get_param("patchOperations"), _METHOD)
    return json.dumps(method.to_json())


@adds(APIGatewayResponse, _LACKS)
def update_integration(self: Any) -> str:
    """URI, time-out, templates and the rest of an integration."""
    integration = _method(self).method_integration
    patch(integration, self._get_param("patchOperations"), _INTEGRATION)
    return json.dumps(integration.to_json())


@adds(APIGatewayResponse, _LACKS)
def update_method_response(self: Any) -> str:
    """Models and parameters of a method's response."""
    response = _method(self).method_responses[self.path.split("/")[8]]
    known: dict[str, str | tuple[str, _Convert]] = {
        "responseModels": "response_models",
        "responseParameters": ("response_parameters", _bool),
    }
    patch(response, self._get_param("patchOperations"), known)
    return json.dumps(response.to_json())


@adds(APIGatewayResponse, _LACKS)
def update_resource(self: Any) -> str:
    """Path part and parent."""
    parts = self.path.split("/")
    resource = self.backend.get_resource(parts[2], parts[4])
    patch(resource, self._get_param("patchOperations"), {"pathPart": "path_part", "parentId": "parent_id"})
    return json.dumps(resource.to_dict())


@adds(APIGatewayResponse, _LACKS)
def update_deployment(self: Any) -> str:
    """The description; what a deployment holds never changes."""
    parts = self.path.split("/")
    deployment = self.backend.get_deployment(parts[2], parts[4])
    patch(deployment, self._get_param("patchOperations"), {"description": "description"})
    return json.dumps(deployment.to_json())


@adds(APIGatewayResponse, _LACKS)
def update_domain_name(self: Any) -> str:
    """Certificates and security policy."""
    domain = self.backend.get_domain_name(self.path.split("/")[2])
    names = {"regionalCertificateArn": "regional_certificate_arn", "certificateArn": "certificate_arn", "securityPolicy": "security_policy"}
    patch(domain, self._get_param("patchOperations"), {**names})
    return json.dumps(domain.to_json())


@wraps(Authorizer, "apply_operations", "moto cannot change the user pools of an authorizer")
def patch_authorizer(original: Any, self: Any, patch_operations: list[dict[str, Any]]) -> Any:
    """Do those here, the rest as moto does."""
    own = [operation for operation in patch_operations if operation["path"].startswith("/providerARNs")]
    patch(self, own, {"providerARNs": "provider_arns"})
    return original(self, [operation for operation in patch_operations if operation not in own])


def _method(response: Any) -> Any:
    parts = response.path.split("/")
    return response.backend.get_method(parts[2], parts[4], parts[6])
