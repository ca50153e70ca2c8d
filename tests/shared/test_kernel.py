"""The direct line to jsii's kernel: one Node process, the same errors, and jsii's own way when anything is different."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COUNT = """
from pathlib import Path
def children(pid):
    return [int(child) for file in Path(f"/proc/{pid}/task").glob("*/children") for child in file.read_text().split()]
def nodes(pid):
    return sum(("/node\\0" in Path(f"/proc/{child}/cmdline").read_text()) + nodes(child) for child in children(pid))
import os
from modules._shared.provider import aws, cdktf
stack = cdktf.TerraformStack(cdktf.App(), "x")
aws.s3_bucket.S3Bucket(stack, "b", bucket="name")
print(nodes(os.getpid()))
"""


def run(code: str, **environment: str) -> subprocess.CompletedProcess[str]:
    variables = {**os.environ, **environment}
    return subprocess.run([sys.executable, "-c", code], cwd=ROOT, env=variables, capture_output=True, text=True, timeout=120)


@pytest.mark.parametrize(("bindings", "processes"), [("slim", "1"), ("full", "2")])
def test_one_node_process_instead_of_two(bindings: str, processes: str) -> None:
    done = run(COUNT, SLIPWAY_BINDINGS=bindings)
    assert (done.returncode, done.stdout.strip()) == (0, processes), done.stderr


def test_a_runtime_of_the_users_own_is_left_alone() -> None:
    import jsii

    source = Path(jsii.__file__).parent / "_embedded" / "jsii"
    code = f"""
import os, shutil, tempfile
from pathlib import Path
folder = Path(tempfile.mkdtemp())
for file in Path({str(source)!r}).glob("*__*.js*"):
    part, _, name = file.name.partition("__")
    (folder / part).mkdir(exist_ok=True)
    shutil.copy(file, folder / part / name)
os.environ["JSII_RUNTIME"] = str(folder / "bin" / "jsii-runtime.js")
{COUNT}
"""
    done = run(code)
    assert (done.returncode, done.stdout.strip()) == (0, "2"), done.stderr


def test_an_error_of_the_toolkit_is_an_exception_here() -> None:
    code = COUNT + "\ncdktf.TerraformStack(stack.node.root, 'x')"
    done = run(code)
    assert done.returncode == 1
    assert "There is already a Construct with name 'x' in App" in done.stderr


def test_nothing_is_left_behind_and_nothing_is_printed() -> None:
    code = COUNT.replace("print(nodes(os.getpid()))", "print(children(os.getpid()))")
    done = run(code)
    assert done.stderr == ""
    for pid in eval(done.stdout):
        assert not Path(f"/proc/{pid}").exists()


def test_a_wrong_value_is_refused_by_the_kernel() -> None:
    done = run(COUNT.replace('bucket="name"', "bucket=5"))
    assert done.returncode == 1 and "Value is not a string" in done.stderr


def test_the_real_mock_can_still_be_imported() -> None:
    done = run(COUNT + "\nimport unittest.mock\nassert unittest.mock.Mock().anything() is not None\nassert unittest.mock.patch")
    assert done.returncode == 0, done.stderr
