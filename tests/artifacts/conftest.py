"""A project of three environments in a scratch folder, and one local AWS in a process of its own, emptied for each test."""

from __future__ import annotations

import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from slipway.artifacts.account import Account
from slipway.artifacts.sample_image import build_image_archive
from slipway.config.load import load_environment
from tests.artifacts.release_support import Recorder

ROOT = Path(__file__).resolve().parents[2]
_SERVE = "from slipway.localaws.server import start; server = start(); print(server.url, flush=True); server.wait()"

ENVIRONMENT = """
account_id: "{account}"
project: slipway
region: eu-west-1
registries: {{ inference: {{}} }}
models:
  wine: {{ container: {{ image: inference }} }}
  weights: {{ container: {{ image: inference, model_data: none }} }}
  large: {{ container: {{ image: inference, model_data: uncompressed }} }}
  chain:
    kind: pipeline
    containers:
      - {{ name: prepare, image: inference }}
      - {{ name: score, image: inference }}
endpoints:
  wine:
    hosting: {{ kind: instances }}
    variants: [{{ variant_name: main, model: wine, instance_type: {instance}, initial_instance_count: 1 }}]
"""


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """URL of a local AWS. A process of its own: another test folder may run one in this process."""
    process = subprocess.Popen([sys.executable, "-c", _SERVE], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert process.stdout is not None
    yield process.stdout.readline().strip()
    process.terminate()
    process.wait(timeout=20)


@pytest.fixture
def url(server: str) -> str:
    urllib.request.urlopen(urllib.request.Request(f"{server}/_slipway/reset", method="POST"), timeout=20).close()
    return server


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A project with dev and staging on amd64 and prod on Graviton."""
    folder = tmp_path / "project" / "environments"
    folder.mkdir(parents=True)
    places = {"dev": ("111111111111", "ml.m5.large"), "staging": ("222222222222", "ml.m5.large"), "prod": ("333333333333", "ml.c6g.large")}
    for name, (account, instance) in places.items():
        (folder / f"{name}.yaml").write_text(ENVIRONMENT.format(account=account, instance=instance))
    return folder.parent


@pytest.fixture
def account(url: str, root: Path) -> Callable[[str], Account]:
    """`account("dev")`: that environment on the local AWS, with its models bucket and repository."""

    def make(name: str) -> Account:
        made = Account(load_environment(name, root), local_url=url)
        made.client("s3").create_bucket(Bucket=made.models_bucket, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        made.client("ecr").create_repository(repositoryName=made.repository("inference"), imageTagMutability="IMMUTABLE")
        return made

    return make


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A small model folder."""
    folder = tmp_path / "model"
    (folder / "code").mkdir(parents=True)
    (folder / "code" / "inference.py").write_text("def model_fn(model_dir):\n    return None\n")
    (folder / "weights.bin").write_bytes(bytes(range(256)) * 40)
    return folder


@pytest.fixture
def image(tmp_path: Path, model: Path) -> Path:
    """A sample image for linux/amd64 as a `docker save` archive."""
    target = tmp_path / "image.tar"
    build_image_archive(model, target)
    return target


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()
