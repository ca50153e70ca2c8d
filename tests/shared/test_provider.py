"""The seam: the slim assembly changes speed and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from modules._shared.provider import named_resources
from modules._shared.slim_assembly import UnexpectedAssembly, slim_assembly

ROOT = Path(__file__).resolve().parents[2]
SYNTH = (
    "from pathlib import Path; from slipway.app import synthesize; import sys; synthesize(['dev', 'prod'], Path.cwd(), Path(sys.argv[1]))"
)


def run(code: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, timeout=300
    )


def documents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("cdk.tf.json"))}


def test_slim_and_whole_assembly_give_the_same_bytes(tmp_path: Path) -> None:
    for bindings in ("slim", "full"):
        done = run(SYNTH, str(tmp_path / bindings), SLIPWAY_BINDINGS=bindings, PYTHONHASHSEED=str(len(bindings)))
        assert done.returncode == 0, done.stderr
    slim = documents(tmp_path / "slim")
    assert len(slim) == 8
    assert slim == documents(tmp_path / "full")


def test_a_damaged_cache_falls_back_to_the_shipped_assembly(tmp_path: Path) -> None:
    code = """
import sys
from modules._shared import provider, slim_assembly
path = slim_assembly.slim_assembly
def damaged(shipped, resources):
    file = path(shipped, resources)
    file.write_bytes(b"not a package")
    return file
provider.slim_assembly = damaged
stack = provider.cdktf.TerraformStack(provider.cdktf.App(outdir=sys.argv[1]), "x")
provider.aws.s3_bucket.S3Bucket(stack, "b", bucket="name")
"""
    done = run(code, str(tmp_path / "out"), XDG_CACHE_HOME=str(tmp_path / "cache"))
    assert done.returncode == 0, done.stderr


def test_an_unexpected_package_is_refused(tmp_path: Path) -> None:
    import tarfile

    shipped = tmp_path / "provider.jsii.tgz"
    with tarfile.open(shipped, "w:gz") as archive:
        (tmp_path / ".jsii").write_text('{"types":{}}')
        archive.add(tmp_path / ".jsii", "package/.jsii")
    with pytest.raises(UnexpectedAssembly, match="no section"):
        slim_assembly(shipped, frozenset({"s3_bucket"}))


def test_resources_of_a_users_own_code_are_declared_first() -> None:
    code = """
from modules._shared import provider
{before}
stack = provider.cdktf.TerraformStack(provider.cdktf.App(), "x")
provider.aws.s3_bucket.S3Bucket(stack, "b", bucket="name")
provider.aws.ec2_host.Ec2Host(stack, "h", availability_zone="eu-west-1a")
"""
    late = run(code.format(before=""))
    assert late.returncode == 1 and "call modules._shared.provider.use(...) before the first resource" in late.stderr
    assert run(code.format(before="provider.use('ec2_host')")).returncode == 0


def test_the_sources_name_what_they_use() -> None:
    named = named_resources("modules", "slipway/stacks")
    assert {"provider", "s3_bucket", "sagemaker_endpoint", "appautoscaling_target"} <= named
