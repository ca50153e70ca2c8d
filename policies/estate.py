"""The stack documents of one environment as the rules see them: resources, and what their references mean."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

_REFERENCE = re.compile(r"\$\{([a-z0-9_]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_]+)\}")
_REMOTE = re.compile(r"\$\{data\.terraform_remote_state\.([A-Za-z0-9_-]+)\.outputs\.([A-Za-z0-9_]+)(?:\[([0-9]+)\])?\}")
_IDENTITIES = frozenset({"id", "arn", "name", "bucket", "key_id", "repository", "resource_id", "alarm_name", "url"})
_MOST_HOPS = 5


@dataclass(frozen=True)
class Document:
    """One stack's parsed `cdk.tf.json`."""

    stack: str
    content: Mapping[str, Any]
    path: str = ""

    def resources(self) -> Iterator[Resource]:
        """Every resource, and the document itself as one of type `terraform`."""
        yield Resource(self, "terraform", "stack", self.content.get("terraform", {}))
        for kind, named in self.content.get("resource", {}).items():
            for logical_id, body in named.items():
                yield Resource(self, kind, logical_id, body[0] if isinstance(body, list) else body)

    def find(self, kind: str, logical_id: str) -> Resource | None:
        """The resource `kind.logical_id` of this document."""
        body = self.content.get("resource", {}).get(kind, {}).get(logical_id)
        return None if body is None else Resource(self, kind, logical_id, body[0] if isinstance(body, list) else body)


@dataclass(frozen=True)
class Resource:
    """One resource of a document."""

    document: Document = field(repr=False)
    type: str
    logical_id: str
    body: Mapping[str, Any] = field(repr=False)

    @property
    def address(self) -> str:
        """`aws_s3_bucket.models`, as Terraform prints it."""
        return f"{self.type}.{self.logical_id}"

    def get(self, name: str) -> Any:
        """An attribute as it stands in the JSON, or None."""
        return self.body.get(name)

    def blocks(self, name: str) -> list[Mapping[str, Any]]:
        """A nested block, which JSON may hold as an object or as a list: always a list."""
        return blocks(self.body, name)


def blocks(body: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Nested blocks of `body`: a list, whether the JSON holds none, one object or many."""
    value = body.get(name)
    if isinstance(value, Mapping):
        return [value]
    return [item for item in value if isinstance(item, Mapping)] if isinstance(value, list) else []


def is_reference(value: Any) -> bool:
    """Whether a value, or a part of it, is only known to Terraform."""
    return isinstance(value, str) and "${" in value


@dataclass(frozen=True)
class Estate:
    """All documents of one environment. Rules marked `production_only` apply when `production` is true."""

    documents: tuple[Document, ...]
    environment: str = ""
    production: bool = False

    @functools.cached_property
    def _by_type(self) -> Mapping[str, list[Resource]]:
        index: dict[str, list[Resource]] = {}
        for document in self.documents:
            for resource in document.resources():
                index.setdefault(resource.type, []).append(resource)
        return index

    @functools.cached_property
    def _memo(self) -> dict[Any, Any]:
        return {}

    def remembered(self, key: Any, compute: Callable[[], Any]) -> Any:
        """What `compute` returns, computed once for this estate: for what rules look up of every resource."""
        if key not in self._memo:
            self._memo[key] = compute()
        return self._memo[key]

    def resources(self, *types: str) -> Iterator[Resource]:
        """Resources of these types in any stack; all of them when no type is named."""
        for kind in types or tuple(self._by_type):
            yield from self._by_type.get(kind, ())

    def text(self, value: Any, document: Document) -> str:
        """A string with every reference replaced by what it means, so that two spellings of one thing are equal.

        A literal attribute stands for itself. An identity that only AWS knows (an ARN, a generated id) becomes
        `<stack/type.id>`. A value that cannot be followed stays as it is, so `is_reference` still holds for it.
        """
        text = str(value)
        for _ in range(_MOST_HOPS):
            if "${" not in text:
                break
            text, document = self._hop(text, document)
        return text

    def _hop(self, text: str, document: Document) -> tuple[str, Document]:
        if remote := _REMOTE.fullmatch(text):
            found = self._remote(remote, document)
            if found is not None:
                return found
        text = _REMOTE.sub(lambda match: self._remote_text(match, document), text)
        return _REFERENCE.sub(lambda match: self._local(match, document), text), document

    def _local(self, match: re.Match[str], document: Document) -> str:
        kind, logical_id, attribute = match.groups()
        resource = document.find(kind, logical_id)
        if resource is None:
            return match.group(0)
        named = {"id": identifier(resource), "name": resource.get("name")}.get(attribute, resource.get(attribute))
        if isinstance(named, (str, int, float)) and not isinstance(named, bool):
            return str(named)
        return f"<{document.stack}/{resource.address}>" if attribute in _IDENTITIES else match.group(0)

    def _remote_text(self, match: re.Match[str], document: Document) -> str:
        found = self._remote(match, document)
        return match.group(0) if found is None else self.text(*found)

    def _remote(self, match: re.Match[str], document: Document) -> tuple[str, Document] | None:
        state = document.content.get("data", {}).get("terraform_remote_state", {}).get(match.group(1))
        config = blocks(state, "config") if isinstance(state, Mapping) else []
        key = config[0].get("key") if config else None
        for other in self.documents:
            output = other.content.get("output", {}).get(match.group(2))
            if isinstance(key, str) and key == f"{other.stack}.tfstate" and isinstance(output, Mapping):
                value = _item(output.get("value"), match.group(3))
                return None if value is None else (str(value), other)
        return None

    def same(self, left: Any, left_in: Document, right: Any, right_in: Document) -> bool:
        """Whether two values, each written in its own stack, mean the same thing."""
        return left is not None and right is not None and self.text(left, left_in) == self.text(right, right_in)

    def points_at(self, value: Any, document: Document, resource: Resource) -> bool:
        """Whether `value` names `resource`: by reference, by name or by ARN."""
        if value is None:
            return False
        text = self.text(value, document)
        own = {identifier(resource), resource.get("name"), f"<{resource.document.stack}/{resource.address}>"} - {None}
        return text in own or (text.startswith("arn:") and any(re.split("[:/]", text)[-1] == name for name in own))

    def attached(self, resource: Resource, kind: str, attribute: str) -> list[Resource]:
        """Resources of type `kind` whose `attribute` names `resource`."""
        index = self._attachments(kind, attribute)
        own = {identifier(resource), resource.get("name"), f"<{resource.document.stack}/{resource.address}>"} - {None}
        return [found for name in sorted(map(str, own)) for found in index.get(name, ())]

    def attached_text(self, kind: str, attribute: str, text: str) -> list[Resource]:
        """Resources of type `kind` whose `attribute` means exactly `text`."""
        return list(self._attachments(kind, attribute).get(text, ()))

    def _attachments(self, kind: str, attribute: str) -> Mapping[str, list[Resource]]:
        if (kind, attribute) not in self._memo:
            index: dict[str, list[Resource]] = {}
            for found in self.resources(kind):
                if found.get(attribute) is not None:
                    text = self.text(found.get(attribute), found.document)
                    for name in sorted({text, re.split("[:/]", text)[-1] if text.startswith("arn:") else text}):
                        index.setdefault(name, []).append(found)
            self._memo[kind, attribute] = index
        found_index: Mapping[str, list[Resource]] = self._memo[kind, attribute]
        return found_index


def _item(value: Any, index: str | None) -> Any:
    """An output, or one item of a list output; None for an item that is not there."""
    if index is None:
        return value
    return value[int(index)] if isinstance(value, list) and int(index) < len(value) else None


def identifier(resource: Resource) -> Any:
    """The literal name that AWS knows a resource by, when it is in the JSON."""
    for name in ("bucket", "name", "alarm_name", "id"):
        if isinstance(resource.get(name), str) and not is_reference(resource.get(name)):
            return resource.get(name)
    return None
