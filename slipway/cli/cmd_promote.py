"""`slipway promote`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from slipway.cli.cmd_release import render, summary
from slipway.cli.output import JsonOption, LocalOption, TerminalReporter, show

if TYPE_CHECKING:
    from collections.abc import Mapping

    from slipway.config.release import ModelRelease

SourceArgument = Annotated[str, typer.Argument(metavar="SOURCE", help="Environment whose releases are taken.")]
TargetArgument = Annotated[str, typer.Argument(metavar="TARGET", help="Environment that gets them.")]
ModelsArgument = Annotated[
    list[str] | None,
    typer.Argument(metavar="MODEL", help="Models to promote. Default: every model of TARGET."),
]
ProfileOption = Annotated[
    str | None,
    typer.Option("--source-profile", metavar="PROFILE", help="AWS profile for SOURCE's account. Default: the same credentials as TARGET."),
]

UnprovenOption = Annotated[
    bool,
    typer.Option("--unproven", help="Also promote what no deploy of SOURCE is recorded to have run; for a source that is not deployed."),
]
LockOnlyOption = Annotated[
    bool,
    typer.Option(
        "--lock-only", help="Write TARGET's lock and copy nothing: to plan before somebody approves. Repeat without it to deploy."
    ),
]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("promote")(promote)


def promote(
    source: SourceArgument,
    target: TargetArgument,
    models: ModelsArgument = None,
    *,
    source_profile: ProfileOption = None,
    unproven: UnprovenOption = False,
    lock_only: LockOnlyOption = False,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Release in TARGET exactly what runs in SOURCE: the same archive and the same image digest.

    Refused (exit 1) unless SOURCE's last deploy, by its ledger, runs these very digests.
    """
    from slipway.artifacts.account import Account
    from slipway.artifacts.promote import promote as run
    from slipway.cli.cmd_revisions import ledger_of
    from slipway.config.load import load_environment
    from slipway.deploy import proof
    from slipway.project import project_root
    from slipway.terraform.local_target import local_url

    root = project_root()
    url = local_url(root) if local else None
    origin = Account(load_environment(source, root), local_url=url, profile=source_profile)
    goal = Account(load_environment(target, root), local_url=url)
    reporter = TerminalReporter()
    proven: dict[str, Any] = {}

    def prove(entries: Mapping[str, ModelRelease]) -> None:
        if unproven:
            return
        revision = proof.prove(ledger_of(origin), entries)
        proven.update(environment=source, revision=revision.revision, time=revision.time, commit=revision.commit, actor=revision.actor)
        reporter.info("promote", f"{source} runs these digests since revision {revision.revision} of {revision.time}")

    released = run(origin, goal, root, models or [], prove=prove, copy=not lock_only, reporter=reporter)
    show({**summary(target, released), "proof": proven or None}, as_json, lambda console: render(target, released, console))
