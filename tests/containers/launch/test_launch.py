"""A container as processes of its own root folder: what it sees, how it is asked, and that nothing of it stays."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from slipway.artifacts.limits import ArchiveRefused
from slipway.artifacts.pack import pack
from slipway.artifacts.sample_image import build_image_archive
from slipway.containers.client import ConnectionFailed
from slipway.containers.launch import ContainerFailed, Running, start
from slipway.containers.source import Folder, SavedImage
from slipway.errors import InputError, SlipwayError
from tests.containers.launch.support import about, folder, processes_below, wait_for

Serve = Callable[..., Running]


def test_it_sees_sagemakers_world_and_nothing_of_ours(serve: Serve, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    running = serve(environment={"SAGEMAKER_REGION": "eu-west-1"})
    assert running.wait_until_ready(10) < 10
    seen, root = about(running), tmp_path / "root0"
    variables = dict(seen["env"])  # type: ignore[call-overload]
    assert seen["argv"][1:] == ["serve"]  # type: ignore[index]
    assert str(seen["cwd"]).endswith("/opt/program")
    assert variables["SAGEMAKER_BASE_DIR"] == running.base == str(root / "opt" / "ml")
    assert variables["SAGEMAKER_BIND_TO_PORT"] == str(running.port)
    assert variables["TMPDIR"] == variables["HOME"] == str(root / "tmp")
    assert variables["SAGEMAKER_REGION"] == "eu-west-1"
    assert not {"AWS_SECRET_ACCESS_KEY", "PYTHONPATH", "NGINX", "VIRTUAL_ENV"} & set(variables)
    assert not [path for path in seen["path"] if ".venv" in path]  # type: ignore[attr-defined]
    assert running.log_tail() == ["listening"] and running.log_tail(0) == [] and running.log == root / "log"


def test_the_model_is_a_copy_of_a_folder_or_an_unpacked_archive(serve: Serve, tmp_path: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    (model / "weights.bin").write_bytes(b"w")
    archive = pack(model, tmp_path / "m.tar.gz").path
    for place, source in enumerate((model, archive)):
        running = serve(model=source)
        running.wait_until_ready(10)
        assert about(running)["model"] == ["weights.bin"]
        (tmp_path / f"root{place}" / "opt/ml/model/weights.bin").write_bytes(b"changed")
    assert (model / "weights.bin").read_bytes() == b"w"


def test_a_bad_archive_starts_nothing(serve: Serve, tmp_path: Path) -> None:
    (tmp_path / "bad.tar.gz").write_bytes(b"no archive")
    with pytest.raises(ArchiveRefused):
        serve(model=tmp_path / "bad.tar.gz")
    assert not processes_below(tmp_path / "root0")


def test_connections_are_kept_and_shared_by_threads(serve: Serve) -> None:
    running = serve()
    running.wait_until_ready(10)
    assert len({running.request("GET", "/port").body for _ in range(20)}) == 1
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda size: running.request("POST", "/invocations", b"x" * size), range(1, 200)))
    assert [json.loads(answer.body)["bytes"] for answer in answers] == list(range(1, 200))
    assert all(answer.status == 200 and answer.seconds < 5 and "content-length" in answer.headers for answer in answers)


def test_an_iterable_body_goes_out_in_chunks(serve: Serve) -> None:
    running = serve()
    running.wait_until_ready(10)
    answer = running.request("POST", "/invocations", (b"x" * 100 for _ in range(50)), {"X-Test": "1"})
    told = json.loads(answer.body)
    assert told["bytes"] == 5000 and told["headers"]["X-Test"] == "1" and told["headers"]["Transfer-Encoding"] == "chunked"


def test_no_answer_is_connection_failed(serve: Serve) -> None:
    running = serve()
    running.wait_until_ready(10)
    with pytest.raises(ConnectionFailed, match=r"GET /slow .*timed out"):
        running.request("GET", "/slow", timeout=0.3)
    running.kill()
    with pytest.raises(ConnectionFailed, match="refused"):
        running.request("GET", "/ping")


def test_a_container_that_ends_tells_why(serve: Serve) -> None:
    running = serve(environment={"MODE": "dies"})
    with pytest.raises(ContainerFailed, match="ended with exit code 3 before it was ready") as failed:
        running.wait_until_ready(10)
    assert failed.value.log_tail == ["no model here"] and failed.value.exit_code_of_container == 3
    assert not running.alive() and running.exit_code() == 3 and running.terminate() == 3


def test_a_container_that_never_pings_is_given_up(serve: Serve) -> None:
    running = serve(environment={"MODE": "silent"})
    with pytest.raises(ContainerFailed, match=r"was not ready after 0.3 s: .*refused") as failed:
        running.wait_until_ready(0.3)
    assert failed.value.exit_code_of_container is None and running.alive()


@pytest.mark.parametrize("end", ["terminate", "kill", "main process killed"])
def test_no_process_is_left(serve: Serve, tmp_path: Path, end: str) -> None:
    running = serve(environment={"MODE": "family"})
    running.wait_until_ready(10)
    root = tmp_path / "root0"
    assert wait_for(lambda: len(processes_below(root)) >= 5), "keeper, main process, child, its child, orphan"
    if end == "main process killed":
        os.kill(running.pid, signal.SIGKILL)
        assert wait_for(lambda: not running.alive())
    else:
        getattr(running, end)()
    assert processes_below(root) == []
    assert running.exit_code() == (0 if end == "terminate" else 137)
    running.kill()
    assert running.terminate() == running.exit_code()


@pytest.mark.parametrize("end", ["terminate", "kill"])
def test_no_process_is_left_when_the_keeper_itself_was_killed(serve: Serve, tmp_path: Path, end: str) -> None:
    running = serve(environment={"MODE": "family"})
    running.wait_until_ready(10)
    assert wait_for(lambda: len(processes_below(tmp_path / "root0")) >= 5)
    os.kill(running._process.pid, signal.SIGKILL)
    assert wait_for(lambda: not running.alive())
    assert running.exit_code() == 137
    getattr(running, end)()
    assert wait_for(lambda: not processes_below(tmp_path / "root0"))


def test_sigterm_that_is_ignored_ends_in_sigkill(serve: Serve, tmp_path: Path) -> None:
    running = serve(environment={"MODE": "stubborn"})
    running.wait_until_ready(10)
    assert running.terminate(grace=0.2) == 137
    assert processes_below(tmp_path / "root0") == []


def test_it_outlives_the_thread_that_started_it(serve: Serve) -> None:
    made: list[Running] = []
    thread = threading.Thread(target=lambda: made.append(serve()))
    thread.start()
    thread.join()
    made[0].wait_until_ready(10)
    time.sleep(0.2)
    assert made[0].request("GET", "/ping").status == 200


def test_it_does_not_outlive_the_process_that_started_it(tmp_path: Path, program: Path, tools: Path) -> None:
    folder(program)
    code = (
        "import pathlib, sys, time\nfrom slipway.containers.launch import start\nfrom slipway.containers.source import Folder\n"
        f"running = start(Folder(pathlib.Path({str(program)!r})), 'serve', root=pathlib.Path({str(tmp_path / 'root')!r}),\n"
        f"                environment={{'MODE': 'family'}}, tools=pathlib.Path({str(tools)!r}))\n"
        "running.wait_until_ready(10); print('ready', flush=True); time.sleep(60)"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[3])}
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, env=environment) as launcher:
        assert launcher.stdout is not None and launcher.stdout.readline() == "ready\n"
        assert wait_for(lambda: len(processes_below(tmp_path / "root")) >= 5)
        launcher.kill()
    assert wait_for(lambda: not processes_below(tmp_path / "root"))


def test_one_that_nobody_refers_to_ends(tmp_path: Path, program: Path, tools: Path) -> None:
    running = start(Folder(program), "serve", root=tmp_path / "root0", tools=tools)
    assert running.alive() and len(processes_below(tmp_path / "root0")) >= 2, "keeper, main process"
    del running
    assert wait_for(lambda: not processes_below(tmp_path / "root0"))


def test_it_gets_no_file_but_its_output(tmp_path: Path, tools: Path) -> None:
    lists = "import os\nfor name in sorted(os.listdir('/proc/self/fd')):\n    print(name, os.path.exists(f'/proc/self/fd/{name}'))\n"
    with start(Folder(folder(tmp_path / "lists", serve_py=lists)), "train", root=tmp_path / "root", tools=tools) as running:
        assert running.wait(10) == 0
    assert running.log_tail() == ["0 True", "1 True", "2 True", "3 False"], "3 was the listing itself"


def test_a_block_that_fails_ends_the_container(serve: Serve) -> None:
    with pytest.raises(ValueError), serve() as running:
        raise ValueError
    assert not running.alive()


def test_training_is_waited_for(tmp_path: Path, tools: Path) -> None:
    source = folder(
        tmp_path / "t",
        serve_py="import os, sys, pathlib\np = pathlib.Path(os.environ['SAGEMAKER_BASE_DIR'])\nprint(sys.argv[1], (p / 'input/config/x.json').read_text())\n(p / 'model/m').write_text('1')",
    )
    given = tmp_path / "root" / "opt/ml/input/config/x.json"
    given.parent.mkdir(parents=True)
    given.write_text("{}")
    with start(Folder(source), "train", root=tmp_path / "root", tools=tools) as running:
        assert running.wait(10) == 0
    assert running.log_tail() == ["train {}"] and (tmp_path / "root/opt/ml/model/m").exists()
    with start(Folder(folder(tmp_path / "s")), "train", root=tmp_path / "r2", tools=tools, environment={"MODE": "silent"}) as running:  # noqa: SIM117
        with pytest.raises(ContainerFailed, match="still ran after"):
            running.wait(0.2)


def test_a_process_image_runs_like_its_folder(serve: Serve, tmp_path: Path) -> None:
    source = folder(
        tmp_path / "classic",
        dockerfile='FROM scratch\nENV PATH="/opt/program:${PATH}" HOUSE=/opt/program/serve\nCOPY serve /opt/program/serve\nWORKDIR /opt/program\n',
    )
    (source / "serve").write_text("#!/usr/bin/env python3\n" + (source / "serve.py").read_text())
    build_image_archive(source, tmp_path / "image.tar")
    for each in (Folder(source), SavedImage(tmp_path / "image.tar")):
        running = serve(source=each)
        running.wait_until_ready(10)
        seen = about(running)
        assert str(seen["argv"][0]).endswith("/opt/program/serve")  # type: ignore[index]
        assert seen["env"]["HOUSE"] == seen["argv"][0]  # type: ignore[index]


def test_what_cannot_be_started(serve: Serve, tmp_path: Path) -> None:
    odd = folder(tmp_path / "odd", dockerfile='FROM scratch\nCOPY serve.py /opt/program/\nENTRYPOINT ["no-such-jvm", "-jar", "x"]\n')
    with pytest.raises(InputError, match="starts with no-such-jvm, which is neither in its folder nor installed"):
        serve(source=Folder(odd))
    shell = folder(tmp_path / "shell", dockerfile="FROM scratch\nENTRYPOINT python serve.py\n")
    with pytest.raises(InputError, match="line 2: ENTRYPOINT has the shell form"):
        serve(source=Folder(shell))
    (tmp_path / "noise.tar").write_bytes(b"noise" * 200)
    with pytest.raises(SlipwayError, match="is not a saved image"):
        serve(source=SavedImage(tmp_path / "noise.tar"))
