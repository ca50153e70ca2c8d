"""The change of the module's example that tests/examples/test_applied.py applies: a pipeline's threshold, in place."""

from __future__ import annotations

from tests.examples import world

CHANGE = ("threshold=0.9)", "threshold=0.95)", {("aws_sagemaker_pipeline", "update"): 1}, world.training_bucket)
