"""What a deployment froze of an API: a stage answers by it until it is given another one, whatever is edited meanwhile."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

TIMEOUT_MS = 29_000
"""Milliseconds that an integration may take when it does not say (quota: 29 s)."""


@dataclass(frozen=True)
class Integration:
    """Where a method's requests go. `responses`: status code -> moto's integration response as JSON."""

    kind: str
    uri: str
    timeout_ms: int
    request_templates: Mapping[str, str]
    passthrough: str
    responses: Mapping[str, Mapping[str, Any]]


@dataclass(frozen=True)
class Method:
    """One method of a resource. `models`: content type -> name; `parameters`: `method.request.header.X` -> required."""

    authorization: str
    authorizer: str
    scopes: tuple[str, ...]
    key_required: bool
    parameters: Mapping[str, bool]
    models: Mapping[str, str]
    validates_body: bool
    validates_parameters: bool
    integration: Integration | None


@dataclass(frozen=True)
class Resource:
    """One path of the API, such as `/endpoints/{name}`, with its methods by name."""

    id: str
    path: str
    methods: Mapping[str, Method]


@dataclass(frozen=True)
class Snapshot:
    """A deployment's content. `authorizers` by id and `gateway_responses` by type, as moto returns them."""

    resources: tuple[Resource, ...]
    models: Mapping[str, str]
    authorizers: Mapping[str, Mapping[str, Any]]
    gateway_responses: Mapping[str, Mapping[str, Any]]
    binary_media_types: tuple[str, ...] = ()
    api_key_source: str = "HEADER"


def take(api: Any) -> Snapshot:
    """The content of moto's API as it is now. Called under the lock."""
    return Snapshot(
        resources=tuple(_resource(resource, api) for resource in api.resources.values()),
        models={name: model.schema or "{}" for name, model in api.models.items()},
        authorizers={name: copy.deepcopy(authorizer.to_json()) for name, authorizer in api.authorizers.items()},
        gateway_responses={name: copy.deepcopy(response.to_json()) for name, response in api.gateway_responses.items()},
        binary_media_types=tuple(api.binaryMediaTypes),
        api_key_source=api.api_key_source,
    )


def _resource(resource: Any, api: Any) -> Resource:
    methods = {name: _method(method, api) for name, method in resource.resource_methods.items()}
    return Resource(resource.id, resource.get_path(), methods)


def _method(method: Any, api: Any) -> Method:
    validator = api.request_validators.get(method.request_validator_id)
    return Method(
        authorization=method.authorization_type or "NONE",
        authorizer=method.authorizer_id or "",
        scopes=tuple(method.authorization_scopes or ()),
        key_required=_true(method.api_key_required),
        parameters={name: _true(required) for name, required in (method.request_parameters or {}).items()},
        models=dict(method.request_models or {}),
        validates_body=bool(validator and _true(validator.validate_request_body)),
        validates_parameters=bool(validator and _true(validator.validate_request_parameters)),
        integration=_integration(method.method_integration),
    )


def _integration(integration: Any) -> Integration | None:
    if integration is None:
        return None
    responses = {status: copy.deepcopy(response.to_json()) for status, response in (integration.integration_responses or {}).items()}
    return Integration(
        kind=integration.integration_type,
        uri=integration.uri or "",
        timeout_ms=int(integration.timeout_in_millis or TIMEOUT_MS),
        request_templates=dict(integration.request_templates or {}),
        passthrough=integration.passthrough_behaviour or "WHEN_NO_MATCH",
        responses=responses,
    )


def _true(value: Any) -> bool:
    return value is True or str(value).lower() == "true"
