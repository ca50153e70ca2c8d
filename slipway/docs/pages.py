"""Every generated page: its path and what it should hold."""

from __future__ import annotations

import tempfile
from pathlib import Path

from slipway.advise.limits import load, table
from slipway.docs.picture import architecture_svg
from slipway.docs.readme import module_names, module_readme, replace_section

PICTURED = "prod"
"""The environment whose stacks the architecture picture shows."""


def expected_pages(root: Path, *, pictures: bool) -> dict[Path, str]:
    """Path and right content of every generated page. Pictures need a synth, so Node."""
    pages = {root / "modules" / module / "README.md": module_readme(root, module) for module in module_names(root)}
    pages[root / "policies" / "RULES.md"] = _rules()
    readme = root / "README.md"
    example = (root / "environments" / "staging.yaml").read_text(encoding="utf-8").strip()
    pages[readme] = replace_section(readme.read_text(encoding="utf-8"), "environment", f"```yaml\n{example}\n```", "README.md")
    guide = root / "docs" / "guides" / "choosing-hosting.md"
    pages[guide] = replace_section(guide.read_text(encoding="utf-8"), "limits", table(load()), "docs/guides/choosing-hosting.md")
    if pictures:
        pages[root / "docs" / "architecture.svg"] = _picture(root)
    return pages


def stale_pages(pages: dict[Path, str]) -> list[Path]:
    """Pages whose file differs from what it should hold."""
    return [path for path, text in pages.items() if not path.exists() or path.read_text(encoding="utf-8") != text]


def _rules() -> str:
    from slipway.scan.rules_page import rules_page

    return rules_page()


def _picture(root: Path) -> str:
    from slipway.app import synthesize

    with tempfile.TemporaryDirectory() as out:
        folders = synthesize([PICTURED], root, Path(out))
        return architecture_svg(folders, f"Slipway: the stacks of {PICTURED}")
