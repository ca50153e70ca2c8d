"""Keeps the generated parts of Markdown pages: everything between `<!-- NAME:begin -->` and `<!-- NAME:end -->`."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from pathlib import Path

from pydantic import BaseModel

from slipway.docs.options import option_tables
from slipway.errors import InputError


def replace_section(text: str, name: str, body: str, page: str) -> str:
    """The page with the named section's body replaced. Raises `InputError` when the markers are missing."""
    pattern = re.compile(rf"(<!-- {name}:begin -->\n).*?(<!-- {name}:end -->)", re.DOTALL)
    if not pattern.search(text):
        raise InputError(f"{page}: no section `{name}`", fix=f"add <!-- {name}:begin --> and <!-- {name}:end --> on lines of their own")
    return pattern.sub(lambda match: f"{match.group(1)}{body.strip()}\n{match.group(2)}", text)


def module_names(root: Path) -> list[str]:
    """Every module folder below `modules/`."""
    return sorted(path.parent.name for path in (root / "modules").glob("*/spec.py") if not path.parent.name.startswith("_"))


def module_readme(root: Path, module: str) -> str:
    """The README of a module as it should be."""
    folder = root / "modules" / module
    page = f"modules/{module}/README.md"
    text = (folder / "README.md").read_text(encoding="utf-8")
    text = replace_section(text, "options", option_tables(_spec_models(module)), page)
    text = replace_section(text, "outputs", _outputs(folder / "construct.py"), page)
    example = (folder / "example.py").read_text(encoding="utf-8").strip()
    return replace_section(text, "example", f"```python\n{example}\n```", page)


def _spec_models(module: str) -> list[type[BaseModel]]:
    """The module's models that no other one holds come first; nested ones follow their holder."""
    namespace = importlib.import_module(f"modules.{module}.spec")
    models = [
        item
        for _, item in inspect.getmembers(namespace, inspect.isclass)
        if issubclass(item, BaseModel) and item.__module__ == namespace.__name__ and item.model_fields and not item.__name__.startswith("_")
    ]
    order = {model.__qualname__: line for model, line in ((model, inspect.getsourcelines(model)[1]) for model in models)}
    return sorted(models, key=lambda model: (not model.__name__.endswith("Spec"), order[model.__qualname__]))


def _outputs(construct: Path) -> str:
    """A table per `*Outputs` dataclass, read from the source so that no toolkit is loaded."""
    tables = []
    for node in ast.parse(construct.read_text(encoding="utf-8")).body:
        if not isinstance(node, ast.ClassDef) or not node.name.endswith("Outputs"):
            continue
        lines = [f"**{node.name}**", "", "| Output | Meaning |", "|---|---|"]
        for item in node.body:
            if isinstance(item, ast.AnnAssign) and isinstance(item.value, ast.Call) and item.value.args:
                lines.append(f"| `{ast.unparse(item.target)}` | {ast.literal_eval(item.value.args[0])} |")
        tables.append("\n".join(lines))
    return "\n\n".join(tables)
