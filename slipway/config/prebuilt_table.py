"""Generates `modules/_shared/prebuilt_images.json`: `python -m slipway.config.prebuilt_table WHEEL [--check]`.

WHEEL is the package `sagemaker-core` (Apache-2.0) from the Python package index, such as
`pip download --no-deps sagemaker-core` leaves it. Its `image_uri_config` is what AWS's own SDK finds images by; of it the frameworks
below are kept, each version with its tag already put together.
"""

from __future__ import annotations

import json
import re
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from slipway.errors import InputError

TARGET = Path(__file__).parents[2] / "modules" / "_shared" / "prebuilt_images.json"
FRAMEWORKS = (
    *("autogluon", "djl-lmi", "mxnet", "pytorch", "sagemaker-tritonserver", "sklearn", "tensorflow", "xgboost"),
    *("neo-mxnet", "neo-pytorch", "neo-tensorflow", "xgboost-neo"),
)
_SCOPES = {"inference": ("inference", ""), "training": ("training", ""), "inference_graviton": ("inference", "arm64")}
"""SDK's scope -> ours, and the accelerator that it stands for."""
_ARM_TAGS = {("xgboost", "1.5-1"): "1.5-1-arm64", ("xgboost", "1.3-1"): "1.3-1-arm64", ("sklearn", "1.0-1"): "1.0-1-arm64-cpu-py3"}
"""Tags that the SDK keeps in its code (image_uris._get_image_tag)."""
_FOLDER = "sagemaker/core/image_uri_config/"


def render(wheel: Path) -> str:
    """The table's text: provenance first, one line for each version."""
    registries: list[dict[str, str]] = []
    frameworks = {}
    with zipfile.ZipFile(wheel) as archive:
        metadata = _metadata(archive)
        for name in FRAMEWORKS:
            frameworks[name] = _framework(name, json.loads(archive.read(f"{_FOLDER}{name}.json")), registries)
    source = {**metadata, "generator": "python -m slipway.config.prebuilt_table WHEEL"}
    scopes = ",\n".join(f"  {json.dumps(name)}: {{\n{_scopes(value)}\n  }}" for name, value in sorted(frameworks.items()))
    accounts = ",\n".join(f"  {json.dumps(item, sort_keys=True)}" for item in registries)
    return f'{{\n"source": {json.dumps(source)},\n"registries": [\n{accounts}\n],\n"frameworks": {{\n{scopes}\n}}\n}}\n'


def _scopes(scopes: dict[str, Any]) -> str:
    found = []
    for scope, content in sorted(scopes.items()):
        rows = ",\n".join(f"      {json.dumps(version)}: {json.dumps(row, sort_keys=True)}" for version, row in content["versions"].items())
        aliases = json.dumps(content["aliases"], sort_keys=True)
        found.append(f'    {json.dumps(scope)}: {{"aliases": {aliases}, "versions": {{\n{rows}\n    }}}}')
    return ",\n".join(found)


def _metadata(archive: zipfile.ZipFile) -> dict[str, str]:
    """Name, version and day of the package."""
    (name,) = [item for item in archive.namelist() if item.endswith(".dist-info/METADATA")]
    text = archive.read(name).decode()
    found = re.search(r"^Version: (\S+)$", text, re.MULTILINE)
    if found is None or "Name: sagemaker-core" not in text:
        raise InputError("that wheel is not sagemaker-core", fix="pip download --no-deps sagemaker-core")
    year, month, day = archive.getinfo(name).date_time[:3]
    return {"package": "sagemaker-core", "version": found[1], "date": f"{year}-{month:02}-{day:02}", "licence": "Apache-2.0"}


def _framework(name: str, config: dict[str, Any], registries: list[dict[str, str]]) -> dict[str, Any]:
    """`{scope: {"aliases", "versions": {version: {python: {accelerator: [repository, tag, registry]}}}}}`."""
    parts = {scope: config[scope] for scope in _SCOPES if scope in config}
    if "scope" in config:
        parts = {scope: config for scope in config["scope"] if scope in _SCOPES}
    found: dict[str, Any] = {}
    for scope, part in parts.items():
        ours, accelerator = _SCOPES[scope]
        there = found.setdefault(ours, {"aliases": {}, "versions": {}})
        there["aliases"] |= part.get("version_aliases", {})
        for version, entry in part["versions"].items():
            row = there["versions"].setdefault(version, {})
            for python, processor, tag, repository, accounts in _images(name, scope, version, entry, part):
                row.setdefault(python, {})[accelerator or processor] = [repository, tag, _number(registries, accounts)]
    return found


def _images(
    name: str, scope: str, version: str, entry: dict[str, Any], part: dict[str, Any]
) -> Iterator[tuple[str, str, str, str, dict[str, str]]]:
    """Python, accelerator, tag, repository and registries of each image of one version."""
    processors = part.get("processors") or entry.get("processors") or [""]
    nested = [key for key, value in entry.items() if key.startswith("py") and isinstance(value, dict)]
    for python in entry.get("py_versions") or nested or [""]:
        if python.startswith("py2"):
            continue
        own = entry[python] if isinstance(entry.get(python), dict) else entry
        for processor in processors:
            if processor not in ("", "cpu", "gpu"):
                continue
            tag = _tag(name, scope, version, own, processor, python)
            yield python, processor or "cpu", tag, own["repository"], own["registries"]


def _tag(name: str, scope: str, version: str, entry: dict[str, Any], processor: str, python: str) -> str:
    if scope == "inference_graviton" and (name, version) in _ARM_TAGS:
        return _ARM_TAGS[name, version]
    container = entry.get("container_version", {}).get(processor) if entry.get("container_version") else None
    if entry["repository"] in (f"{name}-inference-graviton", f"{name}-inference-arm64"):
        container = f"{container}-sagemaker"
    shown = processor if entry.get("processor_in_tag", True) else ""
    tag = "-".join(part for part in (entry.get("tag_prefix", version), shown, python, container) if part)
    return tag.removesuffix("-gpu") if name == "sagemaker-tritonserver" else tag


def _number(registries: list[dict[str, str]], accounts: dict[str, str]) -> int:
    """Where this map of regions to accounts is kept; isolated regions are left out."""
    kept = {region: account for region, account in accounts.items() if not region.startswith(("us-iso", "eu-iso", "eusc"))}
    if kept not in registries:
        registries.append(kept)
    return registries.index(kept)


def main(arguments: list[str]) -> int:
    """Write the table, or with `--check` only compare: 1 when it differs."""
    wheels = [Path(item) for item in arguments if not item.startswith("--")]
    if len(wheels) != 1:
        raise InputError("name one wheel of sagemaker-core", fix="pip download --no-deps sagemaker-core")
    text = render(wheels[0])
    if "--check" in arguments:
        return int(not TARGET.is_file() or TARGET.read_text(encoding="utf-8") != text)
    TARGET.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
