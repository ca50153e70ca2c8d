"""The one table of everything that the local AWS changes in moto, and why.

A patch is a decorated function in the service's own file. `adds` gives a moto class an action that it lacks; `wraps` puts a
function around one that moto has, which gets the original as its first argument. Nothing happens on import: `apply` patches,
once, and refuses when moto is no longer what the table was written for.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from slipway.errors import SlipwayError

WRITTEN_FOR = "5.2.5"
"""The moto version that the table was written for and tested with; the Pipfile pins it."""


@dataclass(frozen=True)
class Patch:
    """One change: `owner.name` is added, or wrapped, because of `reason`."""

    owner: Any
    name: str
    function: Callable[..., Any]
    reason: str
    added: bool

    @property
    def label(self) -> str:
        """Such as `moto.kms.responses.KmsResponse.enable_key_rotation`."""
        owner = getattr(self.owner, "__qualname__", "")
        module = getattr(self.owner, "__module__", None) or self.owner.__name__
        return ".".join(part for part in (module, owner, self.name) if part)


TABLE: list[Patch] = []
_applied: set[tuple[int, str]] = set()


def adds(owner: Any, reason: str, name: str = "") -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register the decorated function as a new attribute of `owner`, called `name` or as the function is."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        TABLE.append(Patch(owner, name or function.__name__, function, reason, added=True))
        return function

    return register


def wraps(owner: Any, name: str, reason: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register the decorated function around `owner.name`; it is called with the original and then its arguments."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        TABLE.append(Patch(owner, name, function, reason, added=False))
        return function

    return register


def apply() -> None:
    """Apply the whole table to moto. Doing it twice changes nothing.

    Raises SlipwayError when a wrapped attribute is gone or an added one has appeared: moto has changed, and a patch that
    silently does nothing would show up much later, as a plan that is never empty.
    """
    pending = [patch for patch in TABLE if (id(patch.owner), patch.name) not in _applied]
    problems = [problem for patch in pending if (problem := _problem(patch))]
    if problems:
        raise SlipwayError(
            f"moto {moto_version()} does not fit the local AWS, which was written for {WRITTEN_FOR}: {'; '.join(problems)}",
            fix=f"install moto=={WRITTEN_FOR} (`pipenv sync`), or adapt slipway/localaws to the new version.",
        )
    for patch in pending:
        setattr(patch.owner, patch.name, patch.function if patch.added else _wrapped(patch))
        _applied.add((id(patch.owner), patch.name))


def moto_version() -> str:
    """The installed moto's version."""
    from importlib.metadata import version

    return version("moto")


def _problem(patch: Patch) -> str:
    exists = hasattr(patch.owner, patch.name)
    if patch.added and exists:
        return f"{patch.label} exists now"
    if not patch.added and not exists:
        return f"{patch.label} is gone"
    return ""


def _wrapped(patch: Patch) -> Callable[..., Any]:
    raw = vars(patch.owner).get(patch.name)
    if isinstance(raw, property):
        return property(_around(raw.fget, patch.function))  # type: ignore[return-value]
    if isinstance(raw, staticmethod):
        return staticmethod(_around(raw.__func__, patch.function))
    return _around(getattr(patch.owner, patch.name), patch.function)


def _around(original: Any, function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def call(*args: Any, **kwargs: Any) -> Any:
        return function(original, *args, **kwargs)

    return call
