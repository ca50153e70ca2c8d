"""How the parts of an API belong together: methods, stages, plans, log groups."""

from __future__ import annotations

from policies.estate import Estate, Resource, is_reference


def same_api(left: Resource, right: Resource, estate: Estate) -> bool:
    """Whether two resources belong to one REST API."""
    return api_of(left, estate) == api_of(right, estate)


def api_of(resource: Resource, estate: Estate) -> str:
    """The REST API a resource belongs to, as a text that is equal for equal APIs."""
    value = resource.get("rest_api_id") if resource.get("rest_api_id") is not None else resource.get("api_id")
    return estate.text(value, resource.document)


def is_open(method: Resource) -> bool:
    """Whether a method lets anybody in: no authorization and no key. OPTIONS serves preflight requests alone."""
    return method.get("authorization") == "NONE" and method.get("api_key_required") is not True and method.get("http_method") != "OPTIONS"


def plans_with_keys(method: Resource, estate: Estate) -> list[Resource]:
    """Usage plans that cover the method's API and have a key."""
    api = api_of(method, estate)
    plans = [
        plan
        for plan in estate.resources("aws_api_gateway_usage_plan")
        if any(estate.text(stage.get("api_id"), plan.document) == api for stage in plan.blocks("api_stages"))
    ]
    return [plan for plan in plans if estate.attached(plan, "aws_api_gateway_usage_plan_key", "usage_plan_id")]


def log_group_problems(name: str, estate: Estate) -> list[str]:
    """What is wrong with the log group `name`: it is missing, or has no retention or key."""
    groups = [g for g in estate.resources("aws_cloudwatch_log_group") if estate.text(g.get("name"), g.document) == name]
    if not groups:
        return [f"no log group {name}"]
    return [f"{groups[0].address} has no {option}" for option in ("retention_in_days", "kms_key_id") if not groups[0].get(option)]


def is_literal_off(value: object) -> bool:
    """Whether a switch is written, and off."""
    return value is False and not is_reference(value)
