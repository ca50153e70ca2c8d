"""`make demo`: what was deployed answers, splits its traffic, is captured, and survives a bad release."""

from __future__ import annotations

from collections.abc import Iterator

from slipway.demo.project import Sample, train_and_pack
from slipway.demo.run import Run, Work
from slipway.demo.serving import Serving


class Demo(Run):
    """The main job, end to end."""

    def train(self) -> Sample:
        """Both models."""
        return train_and_pack(self.root, self.scratch, self.reporter)

    def shows(self, sample: Sample) -> Iterator[tuple[str, Work]]:
        """Predictions, A/B split, captured data, roll-back."""
        serving = Serving(self.scene.environment, self.scratch, self.url, sample, self.deploy_serving, self.reporter)
        yield "ask the endpoint, compare with the models themselves", serving.predictions
        yield "read the A/B split from the metrics", serving.split
        yield "read captured data back", serving.captured
        yield "deploy a slow release under traffic: rolled back", serving.rollback
