"""`slipway invoke ... --through api`."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from slipway.cli.invoke_view import show_answer, show_cases, show_repeated

if TYPE_CHECKING:
    from slipway.contract.cases import Case
    from slipway.invoke.call import Call


@dataclass(frozen=True)
class Through:
    """What to ask: environment, key of `api.endpoints`, request; `key` and `token` as the options have them."""

    environment: str
    endpoint: str
    call: Call
    local: bool
    key: str
    token: str
    repeat: int
    concurrency: int


def invoke_api(asked: Through, cases: list[Case] | None, *, as_json: bool) -> None:
    """Send the request, so many times, or the cases, through the API, and show what came of it."""
    from slipway.artifacts.account import Account
    from slipway.config.load import load_environment
    from slipway.invoke.api import ApiClient, check_cases, find_api, require_success
    from slipway.invoke.many import Repeated
    from slipway.project import project_root
    from slipway.terraform.local_target import local_url

    root = project_root()
    url = local_url(root) if asked.local else None
    account = Account(load_environment(asked.environment, root), local_url=url)
    account.require()
    api = find_api(account, local_url=url, key=asked.key, token=asked.token)
    client = ApiClient(account, api, asked.endpoint, connections=asked.concurrency)
    if cases is not None:
        show_cases(asked.endpoint, check_cases(client, cases, asked.call, asked.concurrency), as_json)
    elif asked.repeat > 1:
        with ThreadPoolExecutor(asked.concurrency) as pool:
            answers = tuple(pool.map(lambda _: client.ask(asked.call), range(asked.repeat)))
        show_repeated(asked.endpoint, Repeated(answers), as_json)
    else:
        answer = client.ask(asked.call)
        require_success(api, asked.endpoint, answer)
        show_answer(asked.endpoint, answer, as_json)
