"""`make demo-full`: everything that may stand around serving, and the way from data to a deployed model, front to back."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from slipway.artifacts.image_archive import open_image_archive
from slipway.artifacts.sample_image import build_image_archive
from slipway.demo.bad_release import BROKEN, pack_bad
from slipway.demo.delivered import Delivered
from slipway.demo.front import Front
from slipway.demo.kinds import Kinds
from slipway.demo.project import MODEL, Sample, Scene, train_and_pack
from slipway.demo.run import Run, Work
from slipway.demo.watched import Watched
from slipway.progress import Reporter

FULL = Scene("full", "examples/full/full.yaml", ".slipway/demo-full", speed=30)
BROKEN_MODEL, OPEN_MODEL = "wine-broken", "wine-open"
"""Models of examples/full/full.yaml: the one behind the variant `broken`, and the wine model as a serverless endpoint takes it."""
TRAINING = "training"
"""Key of the training container's image in `registries`."""
_CACHE = "SLIPWAY_LOCAL_CACHE"


class FullDemo(Run):
    """Everything that stands around serving."""

    def run(self, *, keep: bool) -> None:
        """All steps in order; builds in the local AWS take the checkout's tools."""
        os.environ[_CACHE] = str(self.root)
        super().run(keep=keep)

    def train(self) -> Sample:
        """What is released before anything was trained by the deployed pipeline."""
        return whole_sample(train_and_pack(self.root, self.scratch, self.reporter, [MODEL]), self.root, self.scratch, self.reporter)

    def shows(self, sample: Sample) -> Iterator[tuple[str, Work]]:
        """Requests through the API, load, dashboard, testers in Lambda, an alarm; then every hosting kind, training and delivery."""
        front = Front(self.config(), self.url, sample)
        watched = Watched(self.config(), self.url, self.scratch, self.root / FULL.folder / "reports", self.reporter)
        yield "ask through the API, signed; compare with the model itself", front.signed
        yield "be refused where the API must refuse", front.refused
        yield "send load for a minute, keep the report", watched.load
        yield "let testers in Lambda send, follow their metrics", watched.distributed
        yield "give a broken variant traffic: the alarm goes off", watched.alarm
        yield "draw the deployed dashboard, keep the page", watched.dashboard
        kinds = Kinds(self.config(), self.url, self.scratch, sample, self.reporter)
        yield "ask the same model on every hosting kind, with the same case file", kinds.ask
        yield "score a file by a batch transform job; find the record that is wrong", kinds.score
        delivered = Delivered(self.config(), self.url, self.root, self.scratch, self.reporter)
        yield "train by the deployed pipeline: below the threshold, then above it", delivered.train
        yield "push the project to a repository, complete the connection", delivered.push
        yield "approve the package: release build, commit, delivery pipeline", delivered.approve
        yield "ask what the endpoint serves: the bytes of the package", delivered.serves_the_package


def whole_sample(sample: Sample, root: Path, scratch: Path, reporter: Reporter) -> Sample:
    """The sample with the other models of examples/full beside its own, and the image that trains."""
    broken = pack_bad(sample.folders[MODEL], BROKEN_MODEL, BROKEN, scratch, reporter)
    archives = {**sample.archives, BROKEN_MODEL: broken, OPEN_MODEL: sample.archives[MODEL]}
    image = scratch / "training.tar"
    build_image_archive(root / "containers" / "training", image)
    with open_image_archive(image) as saved:
        digest = saved.digest
    return replace(sample, archives=archives, others={TRAINING: (image, digest)})
