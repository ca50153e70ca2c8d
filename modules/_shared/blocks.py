"""Terraform attributes as plain data: made into the bindings' structs, and hashed into names.

Plain dicts with Terraform's own names are the one description of a resource: the bindings get it (`typed`), and so does
the hash that ends the name of what SageMaker makes immutable (`content_name`). Handing the dicts over as they are would
not do: in a list of dicts the toolkit silently drops every key with an underscore.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from modules._shared.naming import Naming, content_hash
from modules._shared.provider import cdktf

MAX_NAME = 63
"""Longest SageMaker model and endpoint configuration name."""
_TOKEN = "${TfToken["  # noqa: S105 - cdktf's marker of a value that only Terraform knows


def typed(bindings: Any, resource: str, attributes: Mapping[str, Any]) -> dict[str, Any]:
    """Keyword arguments for the class `resource` of a bindings module, its nested blocks as structs.

    A block's class is called after its path (`SagemakerModel` + `PrimaryContainer`); where there is none, the value is a
    plain map or list. Keys whose value is None are left out.
    """
    return {key: _typed(bindings, resource + _camel(key), value) for key, value in attributes.items() if value is not None}


def _typed(bindings: Any, name: str, value: Any) -> Any:
    struct = getattr(bindings, name, None)
    if struct is None:
        return value
    if isinstance(value, Mapping):
        return struct(**typed(bindings, name, value))
    return [struct(**typed(bindings, name, item)) for item in value]


def _camel(key: str) -> str:
    return "".join(part[:1].upper() + part[1:] for part in key.split("_"))


def content_name(
    scope: Any, naming: Naming, name: str, attributes: Mapping[str, Any], fingerprint: Mapping[str, str], *, known: Sequence[str] = ()
) -> str:
    """`project-environment-name-hash`: the hash covers every attribute and the literals behind its tokens.

    A token only says where a value comes from, so a change of the value would go unseen: `fingerprint` holds what stands
    behind the tokens. Values in `known` must be literals; raises ValueError for a token among them.
    """
    for value in known:
        if is_token(value):
            raise ValueError(f"{name}: a value behind a token has no literal in refs.fingerprint, so its change would not change the name")
    content = {"attributes": _resolved(scope, attributes), "fingerprint": dict(fingerprint)}
    suffix = content_hash(content)
    return f"{naming.name(name, max_length=MAX_NAME - len(suffix) - 1)}-{suffix}"


def is_token(value: Any) -> bool:
    """Whether a string stands for something only Terraform will know."""
    return isinstance(value, str) and _TOKEN in value


def _resolved(scope: Any, value: Any) -> Any:
    """`value` with each token as the Terraform expression it stands for: token numbers depend on what was created before."""
    tokens = sorted(set(_tokens(value)))
    if not tokens:
        return value
    expressions = cdktf.Tokenization.resolve(tokens, scope=scope, preparing=False, resolver=_resolver())
    return _replaced(value, dict(zip(tokens, expressions, strict=True)))


def _tokens(value: Any) -> Iterator[str]:
    if is_token(value):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _tokens(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _tokens(item)


def _replaced(value: Any, expressions: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _replaced(item, expressions) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_replaced(item, expressions) for item in value]
    return expressions.get(value, value) if isinstance(value, str) else value


@functools.lru_cache(maxsize=1)
def _resolver() -> Any:
    return cdktf.DefaultTokenResolver(cdktf.StringConcat())
