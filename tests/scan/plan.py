"""The smallest plans that checkov reads."""

from __future__ import annotations

from typing import Any


def plan(*resources: tuple[str, str, dict[str, Any]]) -> dict[str, Any]:
    """The outcome of `terraform show -json` for resources to be created: (type, name, values)."""
    planned = [
        {
            "address": f"{kind}.{name}",
            "mode": "managed",
            "type": kind,
            "name": name,
            "provider_name": "registry.terraform.io/hashicorp/aws",
            "schema_version": 0,
            "values": values,
            "sensitive_values": {},
        }
        for kind, name, values in resources
    ]
    changes = [
        {
            **{key: item[key] for key in ("address", "mode", "type", "name", "provider_name")},
            "change": {"actions": ["create"], "before": None, "after": item["values"], "after_unknown": {}},
        }
        for item in planned
    ]
    return {
        "format_version": "1.2",
        "terraform_version": "1.11.4",
        "planned_values": {"root_module": {"resources": planned}},
        "resource_changes": changes,
        "configuration": {"root_module": {"resources": []}},
    }
