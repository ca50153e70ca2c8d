"""Gives checkov's answers the resource addresses that Terraform uses."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from policies.estate import Document
from slipway.scan.checkov_runs import Record, supported_types


def by_file(documents: tuple[Document, ...]) -> Mapping[str, Document]:
    """Documents by resolved path."""
    return {str(Path(document.path).resolve()): document for document in documents}


def addresses(record: Record, document: Document) -> list[str]:
    """Addresses a record is about. A Python check says `resource.<logical id>`; where two types share the id, the check's own decide."""
    block, _, name = record.resource.partition(".")
    if block not in ("resource", "data") or (block == "data" and "." in name):
        return [record.resource]
    kinds = [kind for kind, named in document.content.get(block, {}).items() if name in named]
    if len(kinds) > 1:
        supported = supported_types(record.check)
        kinds = [kind for kind in kinds if kind in supported] or kinds
    prefix = "data." if block == "data" else ""
    return [f"{prefix}{kind}.{name}" for kind in kinds] or [record.resource]
