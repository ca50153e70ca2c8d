"""What must be pinned before a stack is deployed, and what is said when it is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from slipway.config.load import load_environment
from slipway.config.release import load_lock
from slipway.deploy.released import check_released, unpinned_images
from slipway.deploy.target import Target
from slipway.errors import SlipwayError
from slipway.stacks.training_images import missing_images

ENVIRONMENT = """
project: slipway
account_id: "111111111111"
region: eu-west-1
registries: { inference: {}, training: {} }
models: { wine: { container: { image: inference } } }
training:
  pipelines:
    wine:
      source: { dir: programs }
      evaluation: { program: evaluate.py }
      condition: { metric: accuracy.value, threshold: 0.9 }
"""
PIN = "{{ repository: slipway-dev-{0}, digest: 'sha256:{1}' }}"


@pytest.fixture
def target(tmp_path: Path) -> Target:
    for path, text in {"environments/dev.yaml": ENVIRONMENT, "programs/train.py": "", "programs/evaluate.py": ""}.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    return Target("dev", load_environment("dev", tmp_path), tmp_path, tmp_path / "out")


def pin(target: Target, *names: str) -> None:
    images = ", ".join(f"{name}: {PIN.format(name, 'a' * 64)}" for name in names)
    (target.root / "environments" / "dev.lock.yaml").write_text(f"version: 1\nimages: {{ {images} }}\n")


def test_training_waits_for_its_images(target: Target) -> None:
    assert unpinned_images(target) == ["inference", "training"]
    pin(target, "inference")
    assert unpinned_images(target) == ["training"]
    with pytest.raises(SlipwayError, match="pins no image of training, which training pipelines need") as caught:
        check_released(target, "dev-training")
    assert "slipway image push dev --registry training --image FILE|TAG" in caught.value.fix
    pin(target, "inference", "training")
    assert missing_images(load_environment("dev", target.root), load_lock("dev", target.root)) == []


def test_serving_waits_for_releases(target: Target) -> None:
    pin(target, "inference", "training")
    with pytest.raises(SlipwayError, match="nothing is released in dev for wine"):
        check_released(target, "dev-serving")
