"""`make demo-full`: network, API, observability and load test around the endpoint, front to back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from slipway.demo.bad_release import BROKEN, pack_bad
from slipway.demo.front import Front
from slipway.demo.project import MODEL, Sample, Scene, train_and_pack
from slipway.demo.run import Run, Work
from slipway.demo.watched import Watched
from slipway.progress import Reporter

FULL = Scene("full", "examples/full/full.yaml", ".slipway/demo-full", speed=30)
BROKEN_MODEL = "wine-broken"
"""The model behind the variant `broken` of examples/full/full.yaml."""


class FullDemo(Run):
    """Everything that stands around serving."""

    def train(self) -> Sample:
        """The model, and the same with handlers that fail."""
        return with_broken(train_and_pack(self.root, self.scratch, self.reporter, [MODEL]), self.scratch, self.reporter)

    def shows(self, sample: Sample) -> Iterator[tuple[str, Work]]:
        """Requests through the API, load, dashboard, testers in Lambda, and an alarm."""
        front = Front(self.config(), self.url, sample)
        watched = Watched(self.config(), self.url, self.scratch, self.root / FULL.folder / "reports", self.reporter)
        yield "ask through the API, signed; compare with the model itself", front.signed
        yield "be refused where the API must refuse", front.refused
        yield "send load for a minute, keep the report", watched.load
        yield "let testers in Lambda send, follow their metrics", watched.distributed
        yield "give a broken variant traffic: the alarm goes off", watched.alarm
        yield "draw the deployed dashboard, keep the page", watched.dashboard


def with_broken(sample: Sample, scratch: Path, reporter: Reporter) -> Sample:
    """The sample with the broken model beside its own."""
    broken = pack_bad(sample.folders[MODEL], BROKEN_MODEL, BROKEN, scratch, reporter)
    return replace(sample, archives={**sample.archives, BROKEN_MODEL: broken})
