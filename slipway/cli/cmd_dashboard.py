"""`slipway dashboard`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from slipway.cli.output import EnvironmentArgument, JsonOption, LocalOption, show, table

if TYPE_CHECKING:
    from rich.console import Console

    from slipway.artifacts.account import Account

HtmlOption = Annotated[
    Path | None, typer.Option("--html", metavar="FILE", dir_okay=False, help="Write one self-contained page with plots.")
]
RangeOption = Annotated[str, typer.Option("--since", metavar="SPAN", help="How far back: 10m, 3h or 7d. Default: as the dashboard opens.")]
PeriodOption = Annotated[
    int,
    typer.Option(
        "--period", metavar="SECONDS", min=0, help="Seconds of one point: 1, 5, 10, 30 or a multiple of 60. Default: the widgets'."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("dashboard")(dashboard)


def dashboard(
    env: EnvironmentArgument,
    *,
    html: HtmlOption = None,
    since: RangeOption = "",
    period: PeriodOption = 0,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Draw the environment's deployed CloudWatch dashboard from CloudWatch's data: as a page, or as numbers in the terminal."""
    from slipway.dashboards.render import draw, page
    from slipway.errors import InputError
    from slipway.invoke.logs import since_seconds
    from slipway.plots.page import render

    if period and period not in (1, 5, 10, 30) and period % 60:
        raise InputError(f"--period {period} is no period of CloudWatch", fix="1, 5, 10, 30 or a multiple of 60")
    seconds = whole_minutes(since_seconds(since)) if since else 0
    if html is not None and not html.absolute().parent.is_dir():
        raise InputError(f"there is no folder {html.absolute().parent}", fix="make it first")
    account = open_account(env, local=local)
    drawn = draw(account, seconds, period)
    if html is not None:
        html.write_text(render(page(account, drawn)), encoding="utf-8")
    result = {
        "dashboards": [one.name for one in drawn.dashboards],
        "start": drawn.span.start,
        "end": drawn.span.end,
        "file": str(html) if html else None,
        "widgets": drawn.summary(),
    }
    show(result, as_json, lambda console: _render(result, console))


def open_account(env: str, *, local: bool) -> Account:
    """The account of an environment, on AWS or the local one, once its credentials are known to be the right ones."""
    from slipway.artifacts.account import Account
    from slipway.config.load import load_environment
    from slipway.project import project_root
    from slipway.terraform.local_target import local_url

    root = project_root()
    account = Account(load_environment(env, root), local_url=local_url(root) if local else None)
    account.require()
    return account


def whole_minutes(seconds: float) -> int:
    """The span in seconds, up to the next whole minute."""
    return max(60, int(-(-seconds // 60) * 60))


def _render(result: dict[str, Any], console: Console) -> None:
    if result["file"]:
        console.print(f"{result['file']}: {len(result['widgets'])} graphs of {', '.join(result['dashboards'])}")
        return
    from slipway.dashboards.queries import COUNTS
    from slipway.plots.numbers import number

    found = table("graph", "series", "points", "sum", "last")
    for widget in result["widgets"]:
        for line in widget["series"]:
            total = number(line["sum"]) if line["stat"] in COUNTS else ""
            found.add_row(widget["title"], line["label"], str(line["points"]), total, number(line["last"]))
    console.print(found)
