"""`slipway invoke`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from slipway.cli.invoke_api import Through, invoke_api
from slipway.cli.invoke_view import show_answer, show_cases, show_repeated
from slipway.cli.output import EnvironmentArgument, JsonOption, LocalOption, TerminalReporter

if TYPE_CHECKING:
    from slipway.artifacts.account import Account
    from slipway.contract.cases import Case
    from slipway.invoke.call import Answer, Call
    from slipway.invoke.endpoint import Endpoint

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


ThroughOption = Annotated[
    Literal["endpoint", "api"], typer.Option("--through", help="Ask the endpoint itself, or through the environment's API.")
]
KeyOption = Annotated[str, typer.Option("--api-key", metavar="NAME|VALUE", help="With --through api: key of a usage plan.")]
TokenOption = Annotated[str, typer.Option("--token", metavar="TOKEN", help="With --through api: token of the API's user pool.")]


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
    through: ThroughOption = "endpoint",
    api_key: KeyOption = "",
    token: TokenOption = "",
    local: LocalOption = False,
    as_json: JsonOption = False,
) -> None:
    """Ask a deployed endpoint for a prediction, or check it with a case file (exit code 1 when a case fails)."""
    from slipway.contract.cases import load_cases
    from slipway.invoke.call import Call

    check_options(
        body, cases, single=not (repeat > 1 or variant or target_model), later=later, api=through == "api", access=api_key + token
    )
    call = Call(_bytes(body or ""), content_type, accept, variant, target_model, inference_id)
    loaded = load_cases(cases) if cases is not None else None
    if through == "api":
        invoke_api(Through(env, endpoint, call, local, api_key, token, repeat, concurrency), loaded, as_json=as_json)
        return
    account, found = open_endpoint(env, endpoint, local=local)
    found.require_serving()
    if loaded is not None or repeat > 1:
        _many(account, found, call, loaded, (repeat, concurrency), as_json=as_json)
    else:
        show_answer(found.name, _once(account, found, call, later=later), as_json)


def check_options(body: str | None, cases: Path | None, *, single: bool, later: bool, api: bool, access: str) -> None:
    """InputError for options that do not go together. `access`: an API key or a token."""
    from slipway.errors import InputError

    if (body is None) == (cases is None):
        raise InputError("give either --body or --cases", fix="--body '{...}', --body @FILE, --body - or --cases FILE")
    if later and (cases is not None or not single):
        raise InputError("--async sends one request to the endpoint", fix="leave out --cases, --repeat, --variant and --target-model")
    if later and api:
        raise InputError("--async asks an endpoint itself", fix="leave it out: the API answers an asynchronous request with 202")
    if access and not api:
        raise InputError("--api-key and --token go with --through api", fix="add --through api")


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


def _many(account: Account, endpoint: Endpoint, call: Call, cases: list[Case] | None, times: tuple[int, int], *, as_json: bool) -> None:
    from slipway.invoke.many import check_cases, repeat

    count, concurrency = times
    if cases is not None:
        show_cases(endpoint.name, check_cases(account, endpoint, cases, call, concurrency), as_json)
    else:
        show_repeated(endpoint.name, repeat(account, endpoint, call, count, concurrency), as_json)
