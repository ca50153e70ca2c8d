"""`slipway invoke`."""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from slipway.cli.output import EnvironmentArgument, JsonOption, LocalOption, TerminalReporter, show, table

if TYPE_CHECKING:
    from rich.console import Console

    from slipway.artifacts.account import Account
    from slipway.invoke.call import Answer, Call
    from slipway.invoke.endpoint import Endpoint
    from slipway.invoke.many import CaseResult, Repeated

EndpointArgument = Annotated[str, typer.Argument(metavar="ENDPOINT", help="Key in the environment file, or the whole name.")]
BodyOption = Annotated[str | None, typer.Option("--body", metavar="TEXT|@FILE|-", help="The request body; - reads standard input.")]
TypeOption = Annotated[str, typer.Option("--content-type", metavar="TYPE", help="Content type of the body.")]
AcceptOption = Annotated[str, typer.Option("--accept", metavar="TYPE", help="Wanted content type of the answer.")]
VariantOption = Annotated[str, typer.Option("--variant", metavar="NAME", help="Ask this variant. Default: by weight.")]
TargetOption = Annotated[str, typer.Option("--target-model", metavar="KEY", help="Model of a multi-model endpoint.")]
AsyncOption = Annotated[bool, typer.Option("--async", help="Asynchronous endpoint: queue the request and wait for the result.")]
IdOption = Annotated[str, typer.Option("--inference-id", metavar="ID", help="Recorded with captured data.")]
RepeatOption = Annotated[int, typer.Option("--repeat", min=1, max=100_000, help="Send the request so many times.")]
ConcurrencyOption = Annotated[int, typer.Option("--concurrency", min=1, max=64, help="Requests at a time.")]
CasesOption = Annotated[Path | None, typer.Option("--cases", metavar="FILE", help="Send the cases of a case file and compare the answers.")]


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("invoke")(invoke)


def invoke(
    env: EnvironmentArgument,
    endpoint: EndpointArgument,
    *,
    body: BodyOption = None,
    content_type: TypeOption = "application/json",
    accept: AcceptOption = "",
    variant: VariantOption = "",
    target_model: TargetOption = "",
    later: AsyncOption = False,
    inference_id: IdOption = "",
    repeat: RepeatOption = 1,
    concurrency: ConcurrencyOption = 1,
    cases: CasesOption = None,
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Ask a deployed endpoint for a prediction, or check it with a case file (exit code 1 when a case fails)."""
    from slipway.contract.cases import load_cases
    from slipway.errors import InputError
    from slipway.invoke.call import Call

    if (body is None) == (cases is None):
        raise InputError("give either --body or --cases", fix="--body '{...}', --body @FILE, --body - or --cases FILE")
    if later and (cases is not None or repeat > 1 or variant or target_model):
        raise InputError("--async sends one request to the endpoint", fix="leave out --cases, --repeat, --variant and --target-model")
    loaded = load_cases(cases) if cases is not None else []
    call = Call(_bytes(body or ""), content_type, accept, variant, target_model, inference_id)
    account, found = open_endpoint(env, endpoint, local=local)
    found.require_serving()
    if cases is not None:
        from slipway.invoke.many import check_cases

        _show_cases(found, check_cases(account, found, loaded, call, concurrency), as_json)
    elif repeat > 1:
        from slipway.invoke.many import repeat as send

        _show_repeated(found, send(account, found, call, repeat, concurrency), as_json)
    else:
        _show_answer(found, _once(account, found, call, later=later), as_json)


def open_endpoint(env: str, named: str, *, local: bool) -> tuple[Account, Endpoint]:
    """The account of the environment, on AWS or the local one, and the endpoint there."""
    from slipway.artifacts.account import Account
    from slipway.config.load import load_environment
    from slipway.invoke.endpoint import find_endpoint
    from slipway.project import project_root
    from slipway.terraform.local_target import local_url

    root = project_root()
    account = Account(load_environment(env, root), local_url=local_url(root) if local else None)
    account.require()
    return account, find_endpoint(account, named)


def _bytes(text: str) -> bytes:
    if text == "-":
        return sys.stdin.buffer.read()
    return Path(text[1:]).read_bytes() if text.startswith("@") else text.encode()


def _once(account: Account, endpoint: Endpoint, call: Call, *, later: bool) -> Answer:
    from slipway.invoke.asynchronous import ask_later
    from slipway.invoke.call import ask, require_success

    answer = ask_later(account, endpoint, call, TerminalReporter()) if later else ask(account, endpoint, call)
    require_success(endpoint, answer)
    return answer


def _show_answer(endpoint: Endpoint, answer: Answer, as_json: bool) -> None:
    try:
        body: dict[str, Any] = {"body": answer.body.decode()}
    except UnicodeDecodeError:
        body = {"body_base64": base64.b64encode(answer.body).decode()}
    about = {"content_type": answer.content_type, "variant": answer.variant, "latency_ms": round(answer.seconds * 1000, 2)}

    def render(console: Console) -> None:
        text = body.get("body")
        console.print(text.rstrip("\n") if text is not None else f"({len(answer.body)} bytes of {answer.content_type})")
        from_variant = f"variant {answer.variant}, " if answer.variant else ""
        TerminalReporter().info(endpoint.name, f"{answer.status} {answer.content_type}, {from_variant}{about['latency_ms']} ms")

    show({"endpoint": endpoint.name, "status": answer.status, **about, **body}, as_json, render)


def _show_repeated(endpoint: Endpoint, repeated: Repeated, as_json: bool) -> None:
    from slipway.errors import SlipwayError

    result = {"endpoint": endpoint.name, **repeated.as_dict()}

    def render(console: Console) -> None:
        counts = table("requests", "failed", "p50 ms", "p90 ms", "p99 ms", "variants")
        latency = result["latency_ms"]
        variants = ", ".join(f"{name} {count}" for name, count in repeated.variants.items())
        counts.add_row(str(result["requests"]), str(repeated.failed), *(f"{latency[name]:.1f}" for name in ("p50", "p90", "p99")), variants)
        console.print(counts)

    if repeated.failed and as_json:
        raise SlipwayError(f"{repeated.failed} of {result['requests']} requests failed", details=result)
    show(result, as_json, render)
    if repeated.failed:
        first = next(answer for answer in repeated.answers if answer.status >= 400)
        raise SlipwayError(f"{repeated.failed} requests failed; the first: {first.status} {first.text[:200]}")


def _show_cases(endpoint: Endpoint, results: list[CaseResult], as_json: bool) -> None:
    failed = [result.case.name for result in results if result.verdict == "fail"]

    def render(console: Console) -> None:
        outcome = table("case", "result", "status", "variant", "ms", "what is wrong")
        for result in results:
            answer = result.answer
            told = (str(answer.status), answer.variant, f"{answer.seconds * 1000:.1f}") if answer else ("", "", "")
            outcome.add_row(result.case.name, result.verdict, *told, result.problem or "")
        console.print(outcome)
        console.print(f"{len(results) - len(failed)} of {len(results)} cases without a difference")

    show({"endpoint": endpoint.name, "failed": failed, "cases": [result.as_dict() for result in results]}, as_json, render)
    if failed:
        raise typer.Exit(1)
