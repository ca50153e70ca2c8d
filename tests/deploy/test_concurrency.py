"""T1-T3: concurrent deploys, kills and interrupts, with real processes."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from slipway.deploy.apply import apply_stack
from slipway.deploy.deploy import Options, deploy
from slipway.deploy.holder import alive, terraform_processes
from slipway.deploy.locks import ENVIRONMENT_LOCK, LockedError
from slipway.deploy.target import Target
from slipway.errors import SlipwayError
from tests.deploy.support import BUCKET, boto, serial, slow, store

ROOT = Path(__file__).resolve().parents[2]
STACK = "dev-shared"
YES = lambda _review: True  # noqa: E731
LOCKS = pytest.mark.parametrize("lock", ["both", "dynamodb", "s3"])

_PROGRAM = """
    import sys
    from pathlib import Path
    from slipway.deploy.deploy import Options, deploy
    from slipway.deploy.target import Target
    from slipway.errors import SlipwayError
    from slipway.terraform.process import graceful_stop
    from tests.deploy.support import Config, Recorder
    root, url, recover = Path(sys.argv[1]), sys.argv[2], sys.argv[3] == "recover"
    target = Target("dev", Config(), root, root / "cdktf.out", url, Recorder(), ("shared",))
    try:
        with graceful_stop():
            deploy(target, lambda _review: True, Options(stack="shared", recover=recover))
    except SlipwayError as error:
        print(error.message, "FIX", error.fix, file=sys.stderr)
        sys.exit(error.exit_code)
    except KeyboardInterrupt:
        sys.exit(130)
"""


def start(target: Target, mode: str = "") -> subprocess.Popen[str]:
    """A deploy in a process of its own."""
    command = [sys.executable, "-c", textwrap.dedent(_PROGRAM), str(target.root), str(target.url), mode]
    return subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def wait_for(condition: Callable[[], object], seconds: float = 20) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "it did not happen"
        time.sleep(0.05)


def lines(marker: Path) -> int:
    return len(marker.read_text().splitlines()) if marker.exists() else 0


def locked(target: Target) -> bool:
    backend = store(target)
    return bool(backend.table and backend.item()) or bool(backend.lock_object and backend.read(backend.lock_object))


@LOCKS
def test_of_two_concurrent_deploys_exactly_one_wins(make_target: Callable[..., Target], tmp_path: Path, lock: str) -> None:
    marker = tmp_path / "made"
    targets = [make_target({"state": {}, "shared": {"a": slow(2, marker)}}, lock=lock) for _ in range(2)]
    first = start(targets[0])
    time.sleep(random.Random(lock).uniform(0, 0.5))
    second = start(targets[1])
    errors = {first: first.communicate(timeout=60)[1], second: second.communicate(timeout=60)[1]}
    assert sorted((first.returncode, second.returncode)) == [0, 1], errors
    said = errors[first if first.returncode else second]
    assert re.search(rf"held by \S+@{socket.gethostname()} \(host {socket.gethostname()}, process \d+\) for \d+ s", said), said
    assert lines(marker) == 1
    assert not locked(targets[0]) and store(targets[0]).read(ENVIRONMENT_LOCK) is None


@LOCKS
def test_terraform_without_slipway_holds_off_a_deploy(make_target: Callable[..., Target], tmp_path: Path, lock: str) -> None:
    """Somebody uses plain terraform or cdktf: its lock is honoured and named, too."""
    target, other = (make_target({"shared": {"a": slow(4, tmp_path / "made")}}, lock=lock) for _ in range(2))
    terraform = other.terraform(STACK)
    terraform.init()
    command = ["terraform", "apply", "-auto-approve", "-input=false"]
    process = subprocess.Popen(command, cwd=other.folder(STACK), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: locked(target))
        with pytest.raises(LockedError) as caught:
            apply_stack(target, STACK, YES)
        assert f"(host {socket.gethostname()}) for " in caught.value.message and f"process {process.pid}" in caught.value.message
        assert "Wait until it has ended" in caught.value.fix
    finally:
        assert process.wait(timeout=30) == 0


@LOCKS
def test_killed_terraform_is_named_and_recovered(make_target: Callable[..., Target], tmp_path: Path, lock: str) -> None:
    marker = tmp_path / "made"
    target = make_target({"state": {}, "shared": {"a": {"input": 1}, "b": slow(30, marker, depends_on=["terraform_data.a"])}}, lock=lock)
    process = start(target)
    wait_for(lambda: lines(marker))
    pid = terraform_processes(BUCKET, f"{STACK}.tfstate", target.url)[0]
    os.kill(pid, signal.SIGKILL)
    said = process.communicate(timeout=30)[1]
    assert process.returncode == 1 and "killed by signal 9" in said and "--recover" in said
    assert not children_of_session(pid), "a child of terraform was left"

    with pytest.raises(LockedError) as caught:
        deploy(target, YES, Options(stack="shared"))
    assert f"@{socket.gethostname()}" in caught.value.message and "--recover" in caught.value.fix
    quick(target)
    results = deploy(target, YES, Options(stack="shared", recover=True))
    assert results[0].applied
    assert results[0].review.count("import") == 1, "what the killed run had made was made again"
    assert not deploy(target, YES, Options(stack="shared"))[0].applied


def test_killed_slipway_is_named_and_recovered(make_target: Callable[..., Target], tmp_path: Path) -> None:
    marker = tmp_path / "made"
    target = make_target({"state": {}, "shared": {"a": slow(3, marker)}})
    process = start(target)
    wait_for(lambda: lines(marker))
    process.kill()
    process.wait()
    with pytest.raises(LockedError, match="still runs here"):
        deploy(target, YES, Options(stack="shared", recover=True))
    with pytest.raises(LockedError) as caught:
        deploy(target, YES, Options(stack="shared"))
    assert f"process {process.pid}" in caught.value.message and "is gone" in caught.value.message and "--recover" in caught.value.fix
    wait_for(lambda: not locked(target))
    assert serial(target) >= 1, "terraform was to end its work although slipway was killed"
    assert not deploy(target, YES, Options(stack="shared", recover=True))[0].applied
    assert lines(marker) == 1


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_interrupt_saves_the_state_and_unlocks(make_target: Callable[..., Target], tmp_path: Path, number: signal.Signals) -> None:
    marker = tmp_path / "made"
    resources = {
        "a": {"input": 1},
        "b": slow(2, marker, depends_on=["terraform_data.a"]),
        "c": slow(0, marker, depends_on=["terraform_data.b"]),
    }
    target = make_target({"state": {}, "shared": resources})
    process = start(target)
    wait_for(lambda: lines(marker))
    process.send_signal(number)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert not locked(target) and store(target).read(ENVIRONMENT_LOCK) is None
    state = json.loads(store(target).read(f"{STACK}.tfstate") or b"{}")
    assert {"a"} <= {resource["name"] for resource in state["resources"]}
    assert deploy(target, YES, Options(stack="shared"))[0].applied
    assert not deploy(target, YES, Options(stack="shared"))[0].applied


def test_recover_is_refused_while_the_holder_lives(make_target: Callable[..., Target], tmp_path: Path) -> None:
    marker = tmp_path / "made"
    target, other = (make_target({"state": {}, "shared": {"a": slow(3, marker)}}) for _ in range(2))
    process = start(target)
    wait_for(lambda: lines(marker))
    second = start(other, "recover")
    said = second.communicate(timeout=30)[1]
    assert second.returncode == 1 and "still runs" in said
    assert process.wait(timeout=30) == 0


def test_unsaved_state_is_refused_then_pushed(make_target: Callable[..., Target]) -> None:
    target = make_target({"state": {}, "shared": {"a": {"input": 1}}})
    apply_stack(target, STACK, YES)
    state = json.loads(store(target).read(f"{STACK}.tfstate") or b"{}")
    state["serial"] += 1
    state["outputs"] = {"kept": {"value": "yes", "type": "string"}}
    (target.folder(STACK) / "errored.tfstate").write_text(json.dumps(state))
    with pytest.raises(SlipwayError, match="could not save its state"):
        apply_stack(target, STACK, YES)
    deploy(target, YES, Options(stack="shared", recover=True))
    assert serial(target) > state["serial"] - 1 and not (target.folder(STACK) / "errored.tfstate").exists()


def test_recover_writes_a_lost_digest(make_target: Callable[..., Target]) -> None:
    target = make_target({"state": {}, "shared": {"a": {"input": 1}}})
    apply_stack(target, STACK, YES)
    boto(target.url or "", "dynamodb").delete_item(TableName="demo-lock", Key={"LockID": {"S": f"{BUCKET}/{STACK}.tfstate-md5"}})
    assert not deploy(target, YES, Options(stack="shared", recover=True))[0].applied


def children_of_session(leader: int) -> list[int]:
    """Living processes of the session that the killed terraform led."""
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            session = int((entry / "stat").read_text().rpartition(")")[2].split()[3])
        except (OSError, IndexError):
            continue
        if session == leader and alive(int(entry.name)):
            found.append(int(entry.name))
    return found


def quick(target: Target) -> None:
    """The same resources without their long wait."""
    file = target.folder(STACK) / "cdk.tf.json"
    document = json.loads(file.read_text())
    document["resource"]["terraform_data"]["b"].pop("provisioner")
    file.write_text(json.dumps(document))
