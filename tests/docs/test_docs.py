"""Documentation made from the code."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Annotated, Literal

import pytest
from pydantic import Field

from modules._shared.spec import Spec
from slipway.docs.options import option_tables
from slipway.docs.pages import stale_pages
from slipway.docs.picture import architecture_svg
from slipway.docs.readme import module_names, module_readme, replace_section
from slipway.errors import InputError

ROOT = Path(__file__).resolve().parents[2]


class Inner(Spec):
    """What is inside."""

    level: Literal["low", "high"] = Field("low", description="How much | of it.")


class OuterSpec(Spec):
    """What is outside."""

    count: int = Field(ge=1, le=9, description="How many.")
    names: Annotated[tuple[str, ...], Field(strict=False)] = Field((), description="Which.")
    inner: Inner | None = Field(None, description="More.")


def test_a_table_says_type_bounds_default_and_meaning() -> None:
    text = option_tables([OuterSpec])
    assert "| `count` | whole number, at least 1, at most 9 | required | How many. |" in text
    assert "| `names` | list of string | `[]` | Which. |" in text
    assert "| `inner` | [Inner] or null | none | More. |" in text
    assert '| `level` | `low` or `high` | `"low"` | How much \\| of it. |' in text


def test_a_section_is_replaced_and_a_missing_one_is_an_error() -> None:
    page = "a\n<!-- x:begin -->\nold\n<!-- x:end -->\nb\n"
    assert replace_section(page, "x", "new\n", "page.md") == "a\n<!-- x:begin -->\nnew\n<!-- x:end -->\nb\n"
    with pytest.raises(InputError, match="page.md: no section `y`"):
        replace_section(page, "y", "new", "page.md")


@pytest.mark.parametrize("module", module_names(ROOT))
def test_every_module_readme_is_current_and_describes_every_option(module: str) -> None:
    path = ROOT / "modules" / module / "README.md"
    assert stale_pages({path: module_readme(ROOT, module)}) == []
    assert "|  |\n" not in path.read_text(), "an option or output has no description"


def test_the_picture_names_every_module_of_every_stack(tmp_path: Path) -> None:
    from slipway.app import synthesize

    folders = synthesize(["prod"], ROOT, tmp_path)
    svg = architecture_svg(folders, "Title & more")
    texts = {element.text for element in ET.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")}
    assert {"prod-state", "prod-shared", "prod-serving", "state_backend", "key_artifacts", "endpoint_wine", "Title & more"} <= texts
    assert svg == architecture_svg(folders, "Title & more")
