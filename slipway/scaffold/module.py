"""`slipway new module`: spec, construct, example, README and tests of a module that can be built, from templates."""

from __future__ import annotations

import importlib
import keyword
import re
from pathlib import Path
from string import Template

from slipway.config.roundtrip import replace_text
from slipway.docs.readme import module_readme
from slipway.errors import InputError

TEMPLATES = Path(__file__).parent / "templates" / "module"
_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_MAX_NAME = 20
"""Longer ones would break the lines of the templates."""


def new_module(root: Path, name: str) -> list[Path]:
    """Write `modules/<name>/` and `tests/modules/<name>/`; returns the files. InputError for a name that is taken or not a package's."""
    _check(root, name)
    texts = {target: Template(source.read_text(encoding="utf-8")).substitute(_words(name)) for source, target in _files(root, name)}
    for target, text in texts.items():
        target.parent.mkdir(parents=True, exist_ok=True)
        replace_text(target, text)
    _fill_readme(root, name)
    return list(texts)


def _check(root: Path, name: str) -> None:
    if not _NAME.fullmatch(name) or len(name) > _MAX_NAME or keyword.iskeyword(name):
        raise InputError(
            f"{name[:60]!r} cannot be a module's name", fix=f"use at most {_MAX_NAME} lower-case letters, digits and single underscores"
        )
    for folder in (root / "modules" / name, root / "tests" / "modules" / name):
        if folder.exists():
            raise InputError(f"{folder.relative_to(root)} is there already", fix="choose another name")


def _fill_readme(root: Path, name: str) -> None:
    """The generated tables, as `slipway docs` keeps them."""
    importlib.invalidate_caches()
    replace_text(root / "modules" / name / "README.md", module_readme(root, name))


def _words(name: str) -> dict[str, str]:
    """What the templates are filled with."""
    return {"name": name, "Name": "".join(part.capitalize() for part in name.split("_")), "hyphenated": name.replace("_", "-")}


def _files(root: Path, name: str) -> list[tuple[Path, Path]]:
    """Template and target; `NAME` in a template's path stands for the module."""
    found = []
    for source in sorted(TEMPLATES.rglob("*.tmpl")):
        relative = source.relative_to(TEMPLATES).with_suffix("").as_posix().replace("NAME", name)
        found.append((source, root / relative))
    return found
