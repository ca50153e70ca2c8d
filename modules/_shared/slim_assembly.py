"""A jsii assembly of the AWS bindings that holds only the resources in use.

The shipped assembly describes 24,943 types in 131 MB of JSON; parsing it is most of a synth's time and memory.
A slim copy is cut from it once per package version and set of resources and kept in the user's cache directory
(`$XDG_CACHE_HOME/slipway`, default `~/.cache/slipway`). Whatever does not look as expected raises
`UnexpectedAssembly`, and the caller loads the shipped assembly instead: slower, never different.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FORMAT = "2"
_TYPE_KEY = re.compile(rb'^    "([^"]+)": \{$', re.MULTILINE)
_SIBLING = re.compile(rb"""require\(["']\.\./([^/"']+)""")
_END_OF_ENTRY = re.compile(rb"^    \},?$", re.MULTILINE)


class UnexpectedAssembly(Exception):
    """The shipped package is not laid out as this cutter expects."""


def cache_directory() -> Path:
    """Where slim assemblies live."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "slipway" / "assemblies"


def slim_assembly(shipped: Path, resources: frozenset[str]) -> Path:
    """Path of the slim copy of `shipped` for `resources` (Python submodule names); cut when not yet cached.

    Raises `UnexpectedAssembly` when the package looks different from what the cutter knows, and `OSError` when
    the cache cannot be written.
    """
    stat = shipped.stat()
    identity = json.dumps([FORMAT, shipped.name, stat.st_size, stat.st_mtime_ns, sorted(resources)])
    target = cache_directory() / f"{shipped.stem}-{hashlib.sha256(identity.encode()).hexdigest()[:16]}.tgz"
    if not target.exists():
        _write_atomically(target, _cut(shipped, resources))
    return target


def _write_atomically(target: Path, content: bytes) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as file:
        file.write(content)
    Path(file.name).replace(target)


def _cut(shipped: Path, resources: frozenset[str]) -> bytes:
    """The slim package: the resources' folders and the folders that those load in turn."""
    folders = {name.replace("_", "-") for name in resources}
    while True:
        content, siblings = _cut_folders(shipped, folders)
        if siblings <= folders:
            return content
        folders |= siblings


def _cut_folders(shipped: Path, folders: set[str]) -> tuple[bytes, set[str]]:
    """The package with just `folders`, and the names of all folders that its files load."""
    slim = io.BytesIO()
    exports: dict[str, str] = {}
    siblings: set[str] = set()
    # Level 1: the file is unpacked on many starts, and unpacking does not get faster with a higher level.
    with tarfile.open(shipped, "r:gz") as source, tarfile.open(fileobj=slim, mode="w:gz", compresslevel=1) as out:
        for member in source:
            content = _kept(source, member, folders)
            if content is None:
                continue
            if member.name == "package/.jsii":
                content, exports = _cut_document(content, folders)
            elif member.name.endswith(".js"):
                siblings.update(name.decode() for name in _SIBLING.findall(content))
            _add(out, member.name, content)
        if not exports:
            raise UnexpectedAssembly(f"{shipped.name}: no package/.jsii")
        _add(out, "package/lib/index.js", _index(exports))
    return slim.getvalue(), siblings


def _kept(source: tarfile.TarFile, member: tarfile.TarInfo, folders: set[str]) -> bytes | None:
    """The member's content when the slim package needs it. The index is written anew; type declarations are not loaded."""
    parts = member.name.split("/")
    wanted = member.name in ("package/.jsii", "package/package.json") or (
        len(parts) > 3 and parts[1] == "lib" and parts[2] in folders and parts[-1].endswith(".js")
    )
    if not wanted or not member.isfile():
        return None
    file = source.extractfile(member)
    return None if file is None else file.read()


def _add(out: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    out.addfile(member, io.BytesIO(content))


def _index(exports: dict[str, str]) -> bytes:
    lines = [f'exports.{name} = require("./{folder}/index.js");' for name, folder in sorted(exports.items())]
    return ("\n".join(['"use strict";', *lines]) + "\n").encode()


def _cut_document(document: bytes, folders: set[str]) -> tuple[bytes, dict[str, str]]:
    """The `.jsii` document with only the submodules and types of `folders`, and their export names.

    The document is cut along its own indentation: parsing all of it would cost seconds.
    """
    sections = {name: _section(document, name) for name in (b"submodules", b"types")}
    submodules = {name: json.loads(body) for name, body in _entries(document, *sections[b"submodules"])}
    exports = {}
    for name, body in submodules.items():
        folder = body["symbolId"].removeprefix("src/").removesuffix("/index:")
        if folder in folders:
            exports[name.rpartition(".")[2]] = folder
    if set(exports.values()) != folders:
        raise UnexpectedAssembly(f"no such resource: {sorted(folders - set(exports.values()))}")
    prefixes = {name for name in submodules if name.rpartition(".")[2] in exports}
    types = {}
    for name, body in _entries(document, *sections[b"types"]):
        if ".".join(name.split(".")[:2]) in prefixes:
            types[name] = _without_docs(json.loads(body))
    outer = _outside(document, sections)
    outer["submodules"] = {name: _without_docs(submodules[name]) for name in sorted(prefixes)}
    outer["types"] = types
    outer.pop("readme", None)
    return json.dumps(outer, separators=(",", ":")).encode(), exports


def _section(document: bytes, name: bytes) -> tuple[int, int]:
    """Start and end offset of the body of a top-level map."""
    opening = b'\n  "' + name + b'": {\n'
    start = document.find(opening)
    end = document.find(b"\n  }", start)
    if start < 0 or end < 0:
        raise UnexpectedAssembly(f"no section {name.decode()}")
    return start + len(opening), end


def _entries(document: bytes, start: int, end: int) -> Iterator[tuple[str, bytes]]:
    """Each `"name": {...}` of a top-level map as (name, body)."""
    position = start
    while match := _TYPE_KEY.search(document, position, end):
        closing = _END_OF_ENTRY.search(document, match.end(), end + 1)
        if closing is None:
            raise UnexpectedAssembly(f"unterminated entry {match.group(1).decode()}")
        yield match.group(1).decode(), b"{" + document[match.end() : closing.start()] + b"}"
        position = closing.end()


def _outside(document: bytes, sections: dict[bytes, tuple[int, int]]) -> dict[str, Any]:
    """The document's other top-level members, parsed."""
    pieces, position = [], 0
    for start, end in sorted(sections.values()):
        pieces.append(document[position:start])
        position = end
    pieces.append(document[position:])
    outer: dict[str, Any] = json.loads(b"".join(pieces))
    return outer


def _without_docs(value: Any) -> Any:
    """Documentation and source positions are not read at run time."""
    if isinstance(value, dict):
        return {k: _without_docs(v) for k, v in value.items() if k not in ("docs", "locationInModule", "readme")}
    if isinstance(value, list):
        return [_without_docs(item) for item in value]
    return value
