"""How results look: nothing cut at 80 columns, no text taken for markup or emoji."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from slipway.cli.output import TerminalReporter, fail, stderr, stdout, table
from slipway.cli.review_table import print_review
from slipway.errors import SlipwayError
from slipway.terraform.plan_values import Difference
from slipway.terraform.review import Change, Review, StackReview

LITERAL = "[red]a[/] [b] :100: [/nothing]"
ADDRESS = "aws_appautoscaling_scheduled_action.endpoint_wine_autoscaling_main_evening_quiet_hours_in_europe"
KEYED = 'aws_s3_bucket.models["[red]x[/]"]'


def review() -> Review:
    replaced = Change(
        ADDRESS, "aws_x", "replace", causes=(Difference("name", "slipway-dev-wine-0123456789", "slipway-dev-wine-abcdefghij"),)
    )
    destroyed = Change(KEYED, "aws_s3_bucket", "destroy", kind="stateful", reason=LITERAL)
    return Review("dev", (StackReview("dev-serving", (replaced, destroyed), (LITERAL,), (KEYED,)),))


def at(width: int) -> Console:
    """A terminal of that width."""
    return Console(file=io.StringIO(), width=width, markup=False, emoji=False, highlight=False, soft_wrap=True)


def column(text: str, number: int) -> str:
    """The text of one column of the tables, without folds."""
    return "".join(line.split("│")[number].strip() for line in text.splitlines() if line.count("│") == 4)


def test_a_review_on_80_columns_shows_whole_addresses() -> None:
    console = at(80)
    print_review(review(), console)
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert "…" not in text
    assert ADDRESS in column(text, 2)
    assert KEYED in column(text, 2)
    assert all(len(line) <= 80 for line in text.splitlines() if line.startswith(("│", "┃", "├", "└")))
    for line in (f"stateful {KEYED} of dev-serving: destroy", f"less capacity {LITERAL}", f"changed outside Terraform: {KEYED}"):
        assert line in text.splitlines()


def test_a_review_in_a_file_is_not_folded(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    print_review(review(), stdout())
    assert any(ADDRESS in line and "because of name" in line for line in capsys.readouterr().out.splitlines())


def test_tables_take_text_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    made = table("output", "value", title=LITERAL)
    made.add_row(KEYED, LITERAL)
    stdout().print(made)
    text = capsys.readouterr().out
    assert text.count(LITERAL) == 2 and KEYED in text


def test_errors_and_progress_take_text_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert fail(SlipwayError(LITERAL, fix=LITERAL), as_json=False) == 1
    assert capsys.readouterr().err == f"error: {LITERAL}\n  fix: {LITERAL}\n"
    reporter = TerminalReporter(stderr())
    reporter.step(LITERAL, LITERAL)
    reporter.waiting("scope", LITERAL)
    reporter.waiting("scope", LITERAL)
    text = capsys.readouterr().err
    assert text.count(f"{LITERAL} {LITERAL}") == 1
    assert text.count(f"scope waiting for {LITERAL}") == 1


def test_an_error_line_is_not_broken(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    message = "environments/dev.yaml:14:9 endpoints.churn: " + "long " * 40
    assert fail(SlipwayError(message), as_json=False) == 1
    assert message in capsys.readouterr().err
