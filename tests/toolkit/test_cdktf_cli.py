"""The pinned cdktf CLI against the local AWS, in a copy of the project: list, synth, diff, deploy, destroy."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from slipway.artifacts.account import Account
from slipway.artifacts.release import release
from slipway.config.load import load_environment
from slipway.demo.project import MODEL, pin, train_and_pack
from slipway.deploy.deploy import bootstrap_only
from slipway.deploy.opening import open_target
from slipway.localaws.left_over import left_over
from slipway.localaws.process import down, up
from slipway.progress import Silent
from slipway.terraform.environment import cdktf_environment
from tests.examples.world import ACCOUNT

ROOT = Path(__file__).resolve().parents[2]
Cdktf = Callable[..., str]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A copy of the project with a bootstrapped `dev`, and its local AWS."""
    folder = tmp_path_factory.mktemp("project")
    for name in ("main.py", "cdktf.json", "package.json"):
        shutil.copy(ROOT / name, folder)
    (folder / "environments").mkdir()
    for name in ("_defaults.yaml", "dev.yaml"):
        shutil.copy(ROOT / "environments" / name, folder / "environments")
    for name in ("slipway", "modules", "policies", ".venv", "node_modules", ".tools"):
        if (ROOT / name).exists():
            (folder / name).symlink_to(ROOT / name)
    sample = train_and_pack(ROOT, folder, Silent(), [MODEL])
    pin(folder, "slipway-dev-inference", sample, "dev")
    url = up(folder, speed=600)[0].url
    os.environ["SLIPWAY_LOCAL"] = url
    try:
        bootstrap_only(open_target("dev", folder, Silent(), local=True), lambda _review: True)
        yield folder
    finally:
        del os.environ["SLIPWAY_LOCAL"]
        down(folder)


@pytest.fixture
def cdktf(project: Path) -> Cdktf:
    def run(*arguments: str) -> str:
        path = f"{ROOT / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"  # the Node that setup brings
        environment = {**cdktf_environment(project), "PATH": path, "CI": "1", "FORCE_COLOR": "0", "SLIPWAY_ENVIRONMENTS": "dev"}
        command = [str(project / "node_modules" / ".bin" / "cdktf"), *arguments]
        done = subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, f"{' '.join(arguments)}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    return run


@pytest.mark.provider
@pytest.mark.slow(minutes=6)
def test_the_life_of_an_environment(project: Path, cdktf: Cdktf) -> None:
    listed = cdktf("list")
    assert [stack for stack in ("dev-state", "dev-shared", "dev-serving") if stack in listed] == ["dev-state", "dev-shared", "dev-serving"]
    cdktf("synth")
    assert (project / "cdktf.out" / "stacks" / "dev-serving" / "cdk.tf.json").exists()

    cdktf("deploy", "dev-shared", "--auto-approve", "--ignore-missing-stack-dependencies")
    account = Account(load_environment("dev", project), local_url=os.environ["SLIPWAY_LOCAL"])
    released = release(account, project, [MODEL], source=project / "training" / MODEL / "model.tar.gz", image=str(project / "image.tar"))
    assert not released.changed, "the lock already names what is released"

    cdktf("deploy", "dev-*", "--auto-approve")
    assert "No changes" in cdktf("diff", "dev-serving")
    assert left_over(os.environ["SLIPWAY_LOCAL"], ACCOUNT)

    # One stack at a time: asked for several, cdktf 0.21 starts `terraform destroy` over and over.
    for stack in ("dev-serving", "dev-shared"):
        cdktf("destroy", stack, "--auto-approve", "--ignore-missing-stack-dependencies", "--parallelism", "1")
    remaining = left_over(os.environ["SLIPWAY_LOCAL"], ACCOUNT)
    assert not [path for path in remaining if path.partition(".")[0] in ("sagemaker", "ecr", "application-autoscaling")]
