"""Rules about the names that everything in an environment begins with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from slipway.config.finding import Finding

LONGEST = 51
"""Characters of `<project>-<environment>` that no name cuts off: IAM's 64 for a role, less the longest fixed end, `-api-function`."""


def prefix_fits(data: Mapping[str, Any]) -> Iterator[Finding]:
    """A longer name would be cut, and key policies and deploy rights, which name `<project>-<environment>`, would miss what it names."""
    project, name = data.get("project"), data.get("name")
    if isinstance(project, str) and isinstance(name, str) and len(project) + 1 + len(name) > LONGEST:
        length = len(project) + 1 + len(name)
        yield Finding(("project",), f"project and environment together make {length} characters, {project}-{name}; at most {LONGEST} fit")
