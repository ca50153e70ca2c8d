"""`slipway docs`."""

from __future__ import annotations

from typing import Annotated

import typer

from slipway.cli.output import JsonOption, show


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("docs")(docs)


def docs(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 when a page is stale.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Regenerate what documentation takes from the code: module tables, rules, pictures."""
    from slipway.config.roundtrip import replace_text
    from slipway.docs.pages import expected_pages, stale_pages
    from slipway.errors import SlipwayError
    from slipway.project import checkout_root

    root = checkout_root()
    pages = expected_pages(root, pictures=True)
    stale = stale_pages(pages)
    names = [str(path.relative_to(root)) for path in stale]
    if check and stale:
        raise SlipwayError(f"stale: {', '.join(names)}", fix="run `make docs` and commit the result", details={"stale": names})
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        replace_text(path, pages[path])
    text = "\n".join(f"wrote {name}" for name in names) or "all pages are current"
    show({"pages": len(pages), "written": names}, as_json, lambda console: console.print(text))
