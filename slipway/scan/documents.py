"""Finds and reads the stack documents of one environment. What cannot be read is a problem, never left out in silence."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from policies.estate import Document, Estate
from slipway.scan.report import Problem

FILE = "cdk.tf.json"
"""The document of a stack. What lies beside it, such as `local_override.tf.json`, is not what production applies."""


def read_estate(out_dir: Path, environment: str, production: bool) -> tuple[Estate, list[Problem]]:
    """The documents of the environment's stacks in `out_dir`, and what is wrong with them."""
    problems: list[Problem] = []
    documents = []
    for folder in _stack_folders(out_dir, environment):
        try:
            document = _read(folder)
            if _belongs(document, environment):
                documents.append(document)
        except _NotRead as error:
            problems.append(error.problem)
    estate = Estate(tuple(documents), environment, production)
    if not problems and not any(resource.type != "terraform" for document in documents for resource in document.resources()):
        problems.append(
            Problem("nothing-scanned", f"no resource of environment {environment} in {out_dir}", f"run `slipway synth {environment}`")
        )
    return estate, problems


class _NotRead(Exception):
    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


def _stack_folders(out_dir: Path, environment: str) -> list[Path]:
    """Folders that are there, and those that the toolkit's manifest says should be."""
    folders = {folder for folder in (out_dir / "stacks").glob(f"{environment}-*") if folder.is_dir()}
    try:
        named = json.loads((out_dir / "manifest.json").read_text(encoding="utf-8"))["stacks"]
    except (OSError, ValueError, KeyError, TypeError):
        named = {}
    folders |= {out_dir / "stacks" / str(name) for name in named if str(name).startswith(f"{environment}-")}
    return sorted(folders)


def _read(folder: Path) -> Document:
    path = folder / FILE
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        there = ", ".join(sorted(item.name for item in folder.glob("*"))) or "nothing"
        message = f"stack {folder.name}: no readable {FILE}, found {there}"
        raise _NotRead(Problem("stack-missing", message, "synthesize again; only this name is Terraform JSON that is applied")) from None
    try:
        content = json.loads(text)
        _check_shape(content)
    except ValueError as error:
        message = f"stack {folder.name}: {path} is not Terraform JSON: {error}"
        raise _NotRead(Problem("not-parsed", message, "synthesize again; the file is empty, cut off or edited")) from None
    return Document(folder.name, content, str(path))


def _check_shape(content: Any) -> None:
    if not isinstance(content, dict):
        raise ValueError("the document is not an object")
    for kind, named in _mapping(content.get("resource", {}), "resource").items():
        for logical_id, body in _mapping(named, f"resource.{kind}").items():
            one = body[0] if isinstance(body, list) and len(body) == 1 else body
            _mapping(one, f"resource.{kind}.{logical_id}")


def _mapping(value: Any, where: str) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{where} is not an object")
    return value


def _belongs(document: Document, environment: str) -> bool:
    """`prod-eu-shared` begins like a stack of `prod`, but its default tags say that it belongs to `prod-eu`."""
    tagged = set(_tagged_environments(document))
    return not tagged or environment in tagged


def _tagged_environments(document: Document) -> Iterator[str]:
    providers = document.content.get("provider", {})
    aws = providers.get("aws", []) if isinstance(providers, dict) else []
    for provider in aws if isinstance(aws, list) else [aws]:
        tags = provider.get("default_tags", []) if isinstance(provider, dict) else []
        for block in tags if isinstance(tags, list) else [tags]:
            named = block.get("tags") if isinstance(block, dict) else None
            if isinstance(named, dict) and isinstance(named.get("environment"), str):
                yield named["environment"]


class Lines:
    """Where resources stand in their files."""

    def __init__(self) -> None:
        self._texts: dict[str, str] = {}

    def of(self, document: Document, kind: str, logical_id: str) -> int:
        """Line of a resource, from 1; 1 for the document itself or when it is not found."""
        if document.path not in self._texts:
            path = Path(document.path)
            self._texts[document.path] = path.read_text(encoding="utf-8") if document.path and path.is_file() else ""
        text = self._texts[document.path]
        start = text.find(f'"{kind}":', text.find('"resource":'))
        found = text.find(f'"{logical_id}":', start) if start >= 0 else -1
        return text.count("\n", 0, found) + 1 if found >= 0 else 1
