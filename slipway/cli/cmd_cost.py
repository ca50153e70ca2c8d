"""`slipway cost`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from slipway.cli.output import EnvironmentArgument, JsonOption

if TYPE_CHECKING:
    from rich.console import Console

    from slipway.config.environment import EnvironmentConfig
    from slipway.cost.meters import Item
    from slipway.cost.prices import Prices
    from slipway.cost.report import Difference, Report

DiffOption = Annotated[
    str, typer.Option("--diff", metavar="ENV|PLAN", help="Compare with an environment, or before and after a plan's JSON.")
]
PricesOption = Annotated[Path | None, typer.Option("--prices", metavar="FILE", help="Your prices: docs/guides/costs.md has the format.")]
ListOption = Annotated[bool, typer.Option("--price-list", help="Ask the AWS Price List API (pricing:GetProducts).")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("cost")(cost)


def cost(
    env: EnvironmentArgument,
    *,
    diff: DiffOption = "",
    prices: PricesOption = None,
    price_list: ListOption = False,
    as_json: JsonOption = False,
) -> None:
    """What an environment runs up in a month, at least and at most: hours and other units, and money where prices are supplied."""
    from slipway.cli.output import show
    from slipway.config.load import load_environment
    from slipway.cost.report import differences, report, without_prefix
    from slipway.errors import InputError
    from slipway.project import project_root

    if prices is not None and price_list:
        raise InputError("--prices and --price-list are two sources of prices", fix="leave one of them out")
    root = project_root()
    config = load_environment(env, root)
    left, right, names = _sides(config, root, diff)
    found = _prices(config, prices, price_list, [*left, *right])
    reports = [report(name, items, found) for name, items in zip(names, (left, right), strict=False)]
    changes = []
    if diff:
        prefixes = [f"{name_config.naming.name()}-" for name_config in _configs(config, root, diff)]
        changes = differences(*(without_prefix(side, prefix) for side, prefix in zip((left, right), prefixes, strict=True)))
    result = {"reports": [one.as_json() for one in reports], "differences": [vars(change) for change in changes]}
    show(result, as_json, lambda console: _render(console, reports, changes, compared=bool(diff)))


def _sides(config: EnvironmentConfig, root: Path, diff: str) -> tuple[list[Item], list[Item], list[str]]:
    """The items of the environment and of what it is compared with, and their names. Of a plan: before and after."""
    from slipway.config.files import environment_names
    from slipway.cost.meters import items
    from slipway.cost.resources import of_plan

    if not diff:
        return _of_environment(config.name, root), [], [config.name]
    if diff in environment_names(root):
        return _of_environment(config.name, root), _of_environment(diff, root), [config.name, diff]
    from slipway.errors import InputError

    path = Path(diff)
    if not path.exists():
        raise InputError(f"--diff {diff}: neither an environment nor a file", fix="name one of the environments, or the JSON of a plan")
    before, after = of_plan(path)
    return items(before), items(after), ["before", "after"]


def _configs(config: EnvironmentConfig, root: Path, diff: str) -> list[EnvironmentConfig]:
    from slipway.config.files import environment_names
    from slipway.config.load import load_environment

    return [config, load_environment(diff, root) if diff in environment_names(root) else config]


def _of_environment(name: str, root: Path) -> list[Item]:
    import tempfile

    from slipway.app import synthesize
    from slipway.cost.meters import items
    from slipway.cost.resources import of_documents

    with tempfile.TemporaryDirectory(prefix="slipway-cost-") as folder:
        return items(of_documents(synthesize([name], root, Path(folder))))


def _prices(config: EnvironmentConfig, path: Path | None, price_list: bool, items: list[Item]) -> Prices:
    from slipway.cost.prices import NO_PRICES, read_prices

    if path is not None:
        return read_prices(path, config.region)
    if not price_list:
        return NO_PRICES
    import boto3

    from slipway.cost.price_list import REGION, fetch_prices

    return fetch_prices(boto3.client("pricing", region_name=REGION), config.region, [item.meter for item in items])


def _render(console: Console, reports: list[Report], changes: list[Difference], *, compared: bool) -> None:
    from slipway.cli.output import table

    for one in reports:
        rows = table(
            "what", "meter", "unit", "at least", "at most", "cost at least", "cost at most", title=f"{one.name}: a month of 730 hours"
        )
        for line in one.lines:
            costs = [_money(line.minimum_cost), _money(line.maximum_cost, unbounded=line.price is not None)]
            rows.add_row(line.item.where, line.item.meter, line.item.unit, _amount(line.item.minimum), _amount(line.item.maximum), *costs)
        console.print(rows)
        _total(console, one)
    if compared:
        rows = table("what", "meter", "unit", reports[0].name, reports[1].name, title="Differences: at least to at most")
        for change in changes:
            rows.add_row(change.where, change.meter, change.unit, _range(change.before), _range(change.after))
        console.print(rows if changes else "no difference")


def _total(console: Console, one: Report) -> None:
    if one.prices.by_meter:
        most = "without a bound" if one.maximum is None else f"{one.maximum:,.2f}"
        console.print(f"total of what has a price: {one.minimum:,.2f} to {most} {one.prices.currency} a month ({one.prices.source})")
    if one.without_price:
        console.print(f"without a price: {', '.join(one.without_price)}")


def _money(value: float | None, *, unbounded: bool = False) -> str:
    return f"{value:,.2f}" if value is not None else "by use" if unbounded else ""


def _amount(value: float | None) -> str:
    return "by use" if value is None else f"{value:,.0f}"


def _range(amounts: Any) -> str:
    return f"{_amount(amounts[0])} to {_amount(amounts[1])}" if amounts[0] != amounts[1] else _amount(amounts[0])
