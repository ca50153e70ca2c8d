"""The full demo's front door: signed requests get the model's own predictions, everything else its right status."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from slipway.artifacts.account import Account
from slipway.config.environment import EnvironmentConfig
from slipway.demo.project import MODEL, Sample
from slipway.demo.traffic import Wines
from slipway.errors import SlipwayError
from slipway.invoke.api import ApiClient, find_api
from slipway.invoke.call import Call

_CLIENTS = 4
_TOO_LARGE = 6_291_456 + 1
"""Bytes: one more than Lambda takes."""


class Front:
    """The deployed API, and what its model must say."""

    def __init__(self, config: EnvironmentConfig, url: str, sample: Sample) -> None:
        self._account = Account(config, local_url=url)
        self._url = url
        self._wines = Wines.of({"main": sample.folders[MODEL] / "model.skops"})

    def signed(self) -> tuple[str, None]:
        """Every wine once, by a few clients; each answer held against the model's own."""
        client = self._client()

        def ask(row: int) -> float:
            answer = client.ask(_wine(self._wines.rows[row]))
            if answer.status != 200:
                raise SlipwayError(f"wine {row}: the API answered {answer.status}: {answer.text[:200]}")
            if wrong := self._wines.wrong(row, "main", answer.body):
                raise SlipwayError(wrong)
            return answer.seconds

        with ThreadPoolExecutor(_CLIENTS) as pool:
            seconds = sorted(pool.map(ask, range(len(self._wines.rows))))
        median = 1000 * seconds[len(seconds) // 2]
        return f"{len(seconds)} answers of POST {client.url}, each equal to the model's own; median {median:.0f} ms", None

    def refused(self) -> tuple[str, None]:
        """Statuses of requests that must not get a prediction; each body names its request id."""
        wine = _wine(self._wines.rows[0])
        unsigned = self._client(signed=False)
        asked: Mapping[str, tuple[ApiClient, Call, int]] = {
            "unsigned": (unsigned, wine, 403),
            "malformed": (self._client(), Call(b'{"instances": [[1.0', "application/json", "application/json"), 400),
            "of another media type": (self._client(), Call(b"<wine/>", "application/xml", "application/json"), 415),
            "too large": (self._client(), Call(b" " * _TOO_LARGE, "application/json", "application/json"), 413),
        }
        found = []
        for what, (client, call, wanted) in asked.items():
            answer = client.ask(call)
            if answer.status != wanted:
                raise SlipwayError(f"a request that is {what} got {answer.status} instead of {wanted}: {answer.text[:200]}")
            if not _request_id(answer.text):
                raise SlipwayError(f"the answer to a request that is {what} names no request id: {answer.text[:200]}")
            found.append(f"{what} {answer.status}")
        return f"{', '.join(found)}; every error names its request id", None

    def _client(self, *, signed: bool = True) -> ApiClient:
        api = find_api(self._account, local_url=self._url)
        return ApiClient(self._account, api if signed else replace(api, kind="open"), MODEL, _CLIENTS)


def _wine(row: list[float]) -> Call:
    return Call(json.dumps({"instances": [row]}).encode(), "application/json", "application/json")


def _request_id(text: str) -> Any:
    try:
        return json.loads(text)["error"]["request_id"]
    except (ValueError, KeyError, TypeError):
        return ""
