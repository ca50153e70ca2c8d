"""`slipway batch`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from slipway.cli.output import EnvironmentArgument, JsonOption, LocalOption, TerminalReporter

if TYPE_CHECKING:
    from rich.console import Console

    from slipway.batch.result import Outcome

ModelArgument = Annotated[str, typer.Argument(metavar="MODEL", help="Key of a model, or of an endpoint of kind batch_transform.")]
InputOption = Annotated[str | None, typer.Option("--input", metavar="S3URI", help="Prefix of the files, or the manifest.")]
OutputOption = Annotated[str | None, typer.Option("--output", metavar="S3URI", help="Prefix of the results, FILE.out each.")]
ManifestOption = Annotated[bool, typer.Option("--manifest", help="--input names a manifest, not a prefix.")]
SplitOption = Annotated[
    Literal["None", "Line", "RecordIO", "TFRecord"] | None,
    typer.Option("--split", metavar="KIND", help="Records of a file: None, Line, RecordIO or TFRecord."),
]
StrategyOption = Annotated[
    Literal["SingleRecord", "MultiRecord"] | None,
    typer.Option("--strategy", metavar="KIND", help="Records of a request: SingleRecord or MultiRecord."),
]
AssembleOption = Annotated[
    Literal["None", "Line"] | None, typer.Option("--assemble", metavar="KIND", help="None, or Line: each result ends with a line feed.")
]
CompressionOption = Annotated[
    Literal["None", "Gzip"] | None, typer.Option("--compression", metavar="KIND", help="How input files are packed: None or Gzip.")
]
ContentOption = Annotated[str | None, typer.Option("--content-type", metavar="TYPE", help="Media type of the input.")]
AcceptOption = Annotated[str | None, typer.Option("--accept", metavar="TYPE", help="Wanted media type of the results.")]
InFilterOption = Annotated[str | None, typer.Option("--input-filter", metavar="JSONPATH", help="What of a record the model gets.")]
OutFilterOption = Annotated[str | None, typer.Option("--output-filter", metavar="JSONPATH", help="What of the joined result is kept.")]
JoinOption = Annotated[bool | None, typer.Option("--join/--no-join", help="Put the input beside each result.")]
PayloadOption = Annotated[int | None, typer.Option("--max-payload", metavar="MB", help="MB of a request at most.")]
ConcurrentOption = Annotated[int | None, typer.Option("--max-concurrent", metavar="N", help="Requests at a time to each instance.")]
TypeOption = Annotated[str | None, typer.Option("--instance-type", metavar="TYPE", help="Such as ml.m5.large.")]
CountOption = Annotated[int | None, typer.Option("--instance-count", metavar="N", help="Instances of the job.")]
TimeoutOption = Annotated[int | None, typer.Option("--timeout", metavar="SECONDS", help="Seconds that one request may take.")]
RetriesOption = Annotated[int | None, typer.Option("--retries", metavar="N", help="Times a failed request is tried again, 0 to 3.")]
ErrorsOption = Annotated[
    Path | None, typer.Option("--errors", metavar="FILE", help="Error file. Default: one of its own in .slipway/batch.")
]
ErrorTextOption = Annotated[str, typer.Option("--error-text", metavar="TEXT", help="Results with this text count as failed.")]
NoLookOption = Annotated[bool, typer.Option("--no-second-look", help="Do not find the bad records of failed files by a further job.")]
DetachOption = Annotated[bool, typer.Option("--detach", help="Start the job, print its name and return.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("batch")(batch)


def batch(
    env: EnvironmentArgument,
    model: ModelArgument,
    *,
    source: InputOption = None,
    target: OutputOption = None,
    manifest: ManifestOption = False,
    split: SplitOption = None,
    strategy: StrategyOption = None,
    assemble: AssembleOption = None,
    compression: CompressionOption = None,
    content_type: ContentOption = None,
    accept: AcceptOption = None,
    input_filter: InFilterOption = None,
    output_filter: OutFilterOption = None,
    join: JoinOption = None,
    max_payload: PayloadOption = None,
    max_concurrent: ConcurrentOption = None,
    instance_type: TypeOption = None,
    instance_count: CountOption = None,
    timeout: TimeoutOption = None,
    retries: RetriesOption = None,
    errors: ErrorsOption = None,
    error_text: ErrorTextOption = "",
    no_second_look: NoLookOption = False,
    detach: DetachOption = False,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Score the files of an S3 prefix with a deployed model by a batch transform job (exit code 1 when anything failed).

    What is not said comes from the model's endpoint of kind batch_transform, if there is one. Ctrl-C stops the job.
    """
    values = (source, manifest or None, split, compression, content_type, target, accept, assemble, input_filter, output_filter, join)
    numbers = (strategy, max_payload, max_concurrent, instance_type, instance_count, timeout, retries)
    options = _options(dict(zip(_OPTIONS, (*values, *numbers), strict=True)))
    _run(env, model, options, (error_text, not no_second_look, detach), errors, local=local, as_json=as_json)


_OPTIONS = (
    "transform_input.s3_uri",
    "transform_input.s3_data_type",
    "transform_input.split_type",
    "transform_input.compression_type",
    "transform_input.content_type",
    "transform_output.s3_output_path",
    "transform_output.accept",
    "transform_output.assemble_with",
    "data_processing.input_filter",
    "data_processing.output_filter",
    "data_processing.join_source",
    "batch_strategy",
    "max_payload_in_mb",
    "max_concurrent_transforms",
    "instance_type",
    "instance_count",
    "model_client_config.invocations_timeout_in_seconds",
    "model_client_config.invocations_max_retries",
)
"""Settings of the module, in the order in which the command line has them."""
_WORDS = {"transform_input.s3_data_type": {True: "ManifestFile"}, "data_processing.join_source": {True: "Input", False: "None"}}
"""What switches stand for."""


def _options(given: dict[str, Any]) -> dict[str, Any]:
    """The settings that were said."""
    return {path: _WORDS[path][value] if path in _WORDS else value for path, value in given.items() if value is not None}


def _run(
    env: str, model: str, options: dict[str, Any], chosen: tuple[str, bool, bool], errors: Path | None, *, local: bool, as_json: bool
) -> None:
    from slipway.artifacts.account import Account
    from slipway.batch.find import subject, with_options
    from slipway.batch.result import write_errors
    from slipway.batch.run import Batch
    from slipway.cli.output import show
    from slipway.config.load import load_environment
    from slipway.project import project_root
    from slipway.terraform.local_target import local_url

    root = project_root()
    config = load_environment(env, root)
    found = subject(config, model)
    settings = with_options(found.settings, options)
    account = Account(config, local_url=local_url(root) if local else None)
    account.require()
    error_text, second_look, detach = chosen
    work = Batch(account, found, settings, TerminalReporter(), error_text, second_look)
    name = work.start()
    if detach:
        show({"job": name, "output": work.output}, as_json, lambda console: console.print(name))
        return
    ended = work.wait()
    written = write_errors(ended, errors or root / ".slipway" / "batch" / f"{name}.errors.jsonl")
    show(ended.as_json(written), as_json, lambda console: _render(console, ended, written))
    raise typer.Exit(0 if ended.good else 1)


def _render(console: Console, ended: Outcome, written: Path | None) -> None:
    failed = len(ended.failed)
    console.print(
        f"{ended.files - failed} of {ended.files} files scored ({ended.records} records) in {ended.job.seconds:.0f} s: {ended.output}"
    )
    if ended.good:
        return
    from slipway.cli.output import table

    if ended.job.reason:
        console.print(f"job {ended.job.name} {ended.job.status}: {ended.job.reason}")
    rows = table("file", "record", "line", "why")
    for bad in ended.bad[:20]:
        rows.add_row(bad.file, str(bad.record or "all"), str(bad.line or ""), bad.reason)
    console.print(rows)
    if len(ended.bad) > 20:
        console.print(f"and {len(ended.bad) - 20} more")
    if written:
        console.print(f"each failed record is in {written}")
