"""A clean service on Fargate behind an internal load balancer, and violations planted into it."""

from __future__ import annotations

import json
from typing import Any

from tests.policies.planted import Case, Change, add, both, drop, put
from tests.policies.platform import ACCOUNT, Body

STACK = "prod-serving"
BALANCER, SERVICE, TASK = "aws_lb.balancer", "aws_ecs_service.service", "aws_ecs_task_definition.task"
_IMAGE = f"{ACCOUNT}.dkr.ecr.eu-west-1.amazonaws.com/slipway-prod-inference"
_NO_WAF = frozenset({"CKV2_AWS_28"})
"""What checkov says of a public load balancer: it has no web ACL."""
_BREAKER = {"enable": True, "rollback": True}


def _container(image: str) -> str:
    container = {"name": "model", "image": image, "readonlyRootFilesystem": True, "essential": True}
    return json.dumps([container])


def _balancer() -> Body:
    return {
        "name": "slipway-prod-wine",
        "internal": True,
        "drop_invalid_header_fields": True,
        "access_logs": {"bucket": "logs", "enabled": True},
        "subnets": ["subnet-1", "subnet-2"],
    }


def _service() -> Body:
    return {
        "name": "slipway-prod-wine",
        "launch_type": "FARGATE",
        "platform_version": "LATEST",
        "propagate_tags": "SERVICE",
        "network_configuration": {"subnets": ["subnet-1", "subnet-2"], "assign_public_ip": False},
        "deployment_circuit_breaker": dict(_BREAKER),
    }


def _task() -> Body:
    return {"family": "slipway-prod-wine", "network_mode": "awsvpc", "container_definitions": _container(f"{_IMAGE}@sha256:{'ab' * 32}")}


CLEAN = both(add(STACK, BALANCER, _balancer()), add(STACK, SERVICE, _service()), add(STACK, TASK, _task()))
"""Adds the clean service."""


def _case(label: str, change: Change, resource: str, builtin: frozenset[str] = frozenset()) -> Case:
    return Case(label, both(CLEAN, change), resource, builtin)


def _image(image: Any) -> Change:
    return put(TASK, "container_definitions", _container(image))


PLANTED: dict[str, tuple[Case, ...]] = {
    "CKV_SLIPWAY_90": (
        _case("public load balancer", put(BALANCER, "internal", False), BALANCER, _NO_WAF),
        _case("load balancer public by default", drop(BALANCER, "internal"), BALANCER, _NO_WAF),
    ),
    "CKV_SLIPWAY_91": (
        _case("no circuit breaker", drop(SERVICE, "deployment_circuit_breaker"), SERVICE),
        _case("no rollback", put(SERVICE, "deployment_circuit_breaker.rollback", False), SERVICE),
    ),
    "CKV_SLIPWAY_92": (
        _case("image by tag", _image(f"{_IMAGE}:latest"), TASK),
        _case("image of no tag", _image(_IMAGE), TASK),
        _case("image behind a token", put(TASK, "container_definitions", "${var.containers}"), TASK),
    ),
}
