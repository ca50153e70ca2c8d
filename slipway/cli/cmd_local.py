"""`slipway local up|down|status|prepare`."""

from __future__ import annotations

import os
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from slipway.cli.files import check_folder
from slipway.cli.output import JsonOption, show, table

if TYPE_CHECKING:
    from rich.console import Console

DEFAULT_ACCOUNT = "111111111111"

PortOption = Annotated[int, typer.Option(min=0, max=65535, help="Loopback port; 0 takes a free one.")]
PersistOption = Annotated[Path | None, typer.Option(file_okay=False, help="Folder that keeps the state over restarts.")]

SpeedOption = Annotated[
    float | None,
    typer.Option(
        min=0.1, max=3600, help="AWS's waits, alarm periods and cooldowns pass this many times as fast. Default: SLIPWAY_LOCAL_SPEED, or 1."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(name="local", help="The built-in local AWS.", no_args_is_help=True)
    group.command("up")(up)
    group.command("down")(down)
    group.command("status")(status)
    group.command("prepare")(prepare)
    app.add_typer(group)


def up(port: PortOption = 0, persist: PersistOption = None, speed: SpeedOption = None, as_json: JsonOption = False) -> None:
    """Start the local AWS, or find the one that runs, and say what to export."""
    from slipway.localaws.process import up as start
    from slipway.project import project_root

    check_folder("--persist", persist)
    root = project_root()
    record, started = start(root, port, persist, speed)
    exports = {**exports_for(record.url), **_provider_exports(root)}
    result = {"url": record.url, "pid": record.pid, "started": started, "exports": exports}

    def render(console: Console) -> None:
        console.print(f"# local AWS {'started' if started else 'runs already'} at {record.url} (process {record.pid})")
        for name, value in exports.items():
            console.print(f"export {name}={shlex.quote(value)}")

    show(result, as_json, render)


def down(as_json: JsonOption = False) -> None:
    """Stop the local AWS. Its state is lost unless it was started with --persist."""
    from slipway.localaws.process import down as stop
    from slipway.project import project_root

    record = stop(project_root())
    text = f"stopped the local AWS at {record.url}" if record else "no local AWS runs here"
    show({"stopped": record is not None}, as_json, lambda console: console.print(text))


def status(as_json: JsonOption = False) -> None:
    """Show where the local AWS runs and what each account holds."""
    from slipway.localaws.process import status as read
    from slipway.project import project_root

    result = read(project_root())
    show(result, as_json, lambda console: _render(result, console))


def prepare(as_json: JsonOption = False) -> None:
    """Fetch nginx and install what the containers need, so that the local SageMaker can serve at once."""
    from slipway.cli.output import TerminalReporter
    from slipway.containers.environment import tools_folder
    from slipway.containers.prepare import prepare as run

    tools = tools_folder()
    ready = run(tools.parent, tools, TerminalReporter())
    result = {item.name: {"path": str(item.path), "seconds": item.seconds} for item in ready}

    def render(console: Console) -> None:
        for item in ready:
            console.print(f"{item.name}: {item.path}")

    show({"ready": result}, as_json, render)


def exports_for(url: str, account: str = DEFAULT_ACCOUNT, region: str = "eu-west-1") -> dict[str, str]:
    """The environment variables that send every AWS SDK to the local AWS. The access key id is the account's id."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": account,
        "AWS_SECRET_ACCESS_KEY": "local",
        "AWS_REGION": region,
        "SLIPWAY_LOCAL": url,
    }


def _provider_exports(root: Path) -> dict[str, str]:
    """What `terraform` and `cdktf` of one's own need to find the AWS provider here; nothing when they find it, or nobody can."""
    from slipway.errors import SlipwayError
    from slipway.terraform.environment import environment

    try:
        found = environment(root)
    except SlipwayError:
        return {}
    names = ("TF_CLI_CONFIG_FILE", "TF_CLI_ARGS_providers_lock", "TF_PLUGIN_CACHE_DIR")
    return {name: found[name] for name in names if name in found and found[name] != os.environ.get(name)}


def _render(result: dict[str, Any], console: Console) -> None:
    if not result["running"]:
        console.print("no local AWS runs here; start it with `slipway local up`")
        return
    console.print(f"{result['url']} (process {result['pid']}, up {result['uptime_in_seconds']} s, moto {result['moto']})")
    console.print(f"services: {', '.join(result['services'])}")
    held_there = table("account", "service", "resources")
    for account, held in result["accounts"].items():
        for service, counts in held["services"].items():
            if any(counts.values()):
                held_there.add_row(account, service, ", ".join(f"{n} {what}" for what, n in counts.items() if n))
    console.print(held_there if held_there.row_count else "every account is empty")
