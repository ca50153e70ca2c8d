"""Print the software bill of materials of the running interpreter: CycloneDX 1.5, the same bytes for the same packages.

Run once while the image is built; needs nothing but the standard library.
"""

from __future__ import annotations

import json
import platform
import re
import sys
from importlib import metadata
from typing import Any


def components() -> list[dict[str, Any]]:
    """Every installed distribution as a CycloneDX library, by name."""
    found = {}
    for distribution in metadata.distributions():
        name = re.sub(r"[-_.]+", "-", distribution.metadata["Name"]).lower()
        found[name] = {
            "type": "library",
            "bom-ref": f"pkg:pypi/{name}@{distribution.version}",
            "name": name,
            "version": distribution.version,
            "purl": f"pkg:pypi/{name}@{distribution.version}",
            **_licence(distribution.metadata),
        }
    return [found[name] for name in sorted(found)]


def document(name: str) -> dict[str, Any]:
    """The bill of the image called `name`. It carries no time and no serial number, so that a rebuild gives the same bytes."""
    python = {"type": "platform", "name": "python", "version": platform.python_version()}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": {"type": "container", "name": name}},
        "components": [python, *components()],
    }


def _licence(fields: Any) -> dict[str, Any]:
    expression = fields.get("License-Expression")
    if expression:
        return {"licenses": [{"expression": expression}]}
    named = [line.rpartition(" :: ")[2] for line in fields.get_all("Classifier", []) if line.startswith("License :: ")]
    return {"licenses": [{"license": {"name": item}} for item in named]} if named else {}


if __name__ == "__main__":
    json.dump(document(sys.argv[1]), sys.stdout, indent=2)
