"""Synthesizes a few constructs into Terraform JSON, for the tests of modules."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, TypeAdapter, ValidationError


def synth(build: Callable[[Any], object], *, region: str = "eu-west-1") -> dict[str, Any]:
    """The `cdk.tf.json` of one stack with an AWS provider that `build(stack)` has filled."""
    from modules._shared.provider import aws, cdktf

    with tempfile.TemporaryDirectory() as folder:
        app = cdktf.App(outdir=folder)
        stack = cdktf.TerraformStack(app, "test")
        cdktf.LocalBackend(stack, path="terraform.tfstate")
        aws.provider.AwsProvider(stack, "aws", region=region)
        stack.add_override("terraform.required_providers.aws.version", ">= 5.100.0, < 7.0.0")
        build(stack)
        app.synth()
        text = Path(folder, "stacks", "test", "cdk.tf.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def resources(document: dict[str, Any], kind: str) -> list[dict[str, Any]]:
    """All resources of one type, in the order of their logical ids."""
    return [body for _, body in sorted(document.get("resource", {}).get(kind, {}).items())]


def resource(document: dict[str, Any], kind: str, path: str = "") -> dict[str, Any]:
    """The only resource of one type, or the only one below the construct path `path`."""
    (body,) = [item for item in resources(document, kind) if item["//"]["metadata"]["path"].startswith(f"test/{path}")]
    return body


def at(body: Any, path: str) -> Any:
    """`at(body, "a.b[0].c")`; a missing key is None."""
    for step in re.findall(r"[^.\[\]]+", path):
        if body is None:
            return None
        body = body[int(step)] if isinstance(body, list) else body.get(step)
    return body


def messages(kind: Any, options: Any) -> list[str]:
    """What validation says to `options` of a spec (a model or a union): one message per error, [] when they are valid."""
    try:
        TypeAdapter(kind).validate_python(options)
    except ValidationError as error:
        return [f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()]
    return []


def all_options(*kinds: Any) -> set[str]:
    """`Model.option` of every option of the models, and of every model they hold."""
    found: dict[str, None] = {}
    seen: set[type[BaseModel]] = set()
    for kind in kinds:
        _collect(kind, seen, found)
    return set(found)


def _collect(kind: Any, seen: set[type[BaseModel]], found: dict[str, None]) -> None:
    for argument in get_args(kind):
        _collect(argument, seen, found)
    if not isinstance(kind, type) or not issubclass(kind, BaseModel) or kind in seen:
        return
    seen.add(kind)
    for name, option in kind.model_fields.items():
        found[f"{kind.__name__}.{name}"] = None
        _collect(option.annotation, seen, found)


def untested(options: Iterable[str], tested: Iterable[str]) -> list[str]:
    """Options that no case covers."""
    return sorted(set(options) - set(tested))


def is_changed(spec: BaseModel, option: str) -> bool:
    """Whether a part of `spec` has the option `Model.field` at a value that is not its default, or that is the only one there is."""
    model, _, field = option.partition(".")
    return any(
        _only_value(type(part).model_fields[field].annotation)
        or getattr(part, field) != type(part).model_fields[field].get_default(call_default_factory=True, validated_data={})
        for part in _parts(spec)
        if type(part).__name__ == model
    )


def _only_value(kind: Any) -> bool:
    return get_origin(kind) is Literal and len(get_args(kind)) == 1


def _parts(value: Any) -> Iterator[BaseModel]:
    """A spec and all specs in it."""
    if isinstance(value, BaseModel):
        yield value
        inside: Iterable[Any] = (getattr(value, name) for name in type(value).model_fields)
    else:
        inside = value.values() if isinstance(value, dict) else value if isinstance(value, list | tuple) else ()
    for item in inside:
        yield from _parts(item)
