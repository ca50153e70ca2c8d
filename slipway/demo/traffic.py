"""Requests of the demo: wines sent to the deployed endpoint, each answer held against the model's own."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TOLERANCE = 2e-6
"""The endpoint rounds probabilities to six digits."""
_CLIENTS = 4


@dataclass(frozen=True)
class Wines:
    """Rows to send, and what each variant's own model says of them: variant name -> a `{cultivar: probability}` for each row."""

    rows: list[list[float]]
    expected: Mapping[str, list[dict[str, float]]]

    @classmethod
    def of(cls, models: Mapping[str, Path]) -> Wines:
        """All of scikit-learn's wines, judged in this process by the model file of each variant."""
        import skops.io
        from sklearn.datasets import load_wine

        data = load_wine().data
        expected = {}
        for variant, file in models.items():
            model = skops.io.load(file, trusted=[])
            names = [str(name) for name in model.classes_]
            expected[variant] = [dict(zip(names, row, strict=True)) for row in model.predict_proba(data).tolist()]
        return cls(data.tolist(), expected)

    def wrong(self, row: int, variant: str, body: bytes) -> str:
        """What is wrong with an answer to one row; empty when nothing is."""
        predictions = json.loads(body)["predictions"]
        if len(predictions) != 1:
            return f"wine {row}: {len(predictions)} predictions for one row"
        given, own = predictions[0]["probabilities"], self.expected[variant][row]
        worst = max(abs(given.get(name, -1.0) - value) for name, value in own.items())
        return "" if worst <= TOLERANCE else f"wine {row} by {variant}: {given} instead of {own}"


@dataclass
class Tally:
    """What became of requests: how many each variant answered, what failed or was wrong, and seconds of each."""

    variants: Counter[str] = field(default_factory=Counter)
    failures: list[str] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    @property
    def requests(self) -> int:
        """All that were sent."""
        return len(self.seconds)


class Client:
    """Sends wines to one endpoint and keeps a tally; safe to use from several threads."""

    def __init__(self, runtime: Any, endpoint: str, wines: Wines) -> None:
        self._runtime, self._endpoint, self._wines = runtime, endpoint, wines
        self._lock = threading.Lock()
        self.tally = Tally()

    def send(self, row: int, inference_id: str = "") -> None:
        """One row as JSON; failures and wrong answers go to the tally."""
        from botocore.exceptions import BotoCoreError, ClientError

        started, variant, failure = time.monotonic(), "", ""
        extra = {"InferenceId": inference_id} if inference_id else {}
        body = json.dumps({"instances": [self._wines.rows[row]]}).encode()
        try:
            answer = self._runtime.invoke_endpoint(
                EndpointName=self._endpoint, Body=body, ContentType="application/json", Accept="application/json", **extra
            )
            variant = answer["InvokedProductionVariant"]
            failure = self._wines.wrong(row, variant, answer["Body"].read())
        except (BotoCoreError, ClientError, ValueError, KeyError) as error:
            failure = f"wine {row}: {type(error).__name__}: {error}"
        with self._lock:
            self.tally.seconds.append(time.monotonic() - started)
            self.tally.variants[variant] += 1
            self.tally.failures += [failure] if failure else []

    def send_all(self, times: int = 1) -> Tally:
        """Every wine `times` times, by a few threads; the tally."""
        from concurrent.futures import ThreadPoolExecutor

        numbers = [(row, f"wine-{turn}-{row}") for turn in range(times) for row in range(len(self._wines.rows))]
        with ThreadPoolExecutor(_CLIENTS) as pool:
            list(pool.map(lambda item: self.send(*item), numbers))
        return self.tally

    @contextmanager
    def steady(self, pause: float = 0.1) -> Iterator[Tally]:
        """While it is open, a few threads send wine after wine, each with `pause` seconds between two."""
        stop = threading.Event()

        def run(offset: int) -> None:
            row = offset
            while not stop.wait(pause):
                self.send(row % len(self._wines.rows))
                row += _CLIENTS

        threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(_CLIENTS)]
        for thread in threads:
            thread.start()
        try:
            yield self.tally
        finally:
            stop.set()
            for thread in threads:
                thread.join()
