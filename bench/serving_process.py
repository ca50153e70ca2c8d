"""Starts the stacks of the serving benchmark, each with every process it starts marked, and reads their memory and CPU from /proc."""

from __future__ import annotations

import contextlib
import http.client
import os
import random
import signal
import socket
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.serving_stacks import OURS, PEERS, WORKERS, Stack, command, requirements
from slipway.progress import Silent

ROOT = Path(__file__).resolve().parents[1]
START_SECONDS = 60.0
_MARK = "SLIPWAY_BENCH_SERVER"


class NotRunning(Exception):
    """A stack that does not install or start; the reason in one line."""


@dataclass
class Server:
    """A stack that runs: `cold` is the seconds from its start to the first /ping that answered 200."""

    stack: Stack
    port: int
    mark: str
    log: Path
    alive: Callable[[], bool]
    cold: float = 0.0

    def processes(self) -> dict[int, str]:
        """Every process of this server and its program: those with the mark in their environment, and what these have started
        (nginx writes its title over its environment).
        """
        marked, parents, names = set[int](), dict[int, int](), dict[int, str]()
        for entry in Path("/proc").iterdir():
            with contextlib.suppress(OSError):
                if entry.name.isdigit():
                    pid = int(entry.name)
                    name, _, fields = (entry / "stat").read_text().partition("(")[2].rpartition(")")
                    state, parent = fields.split()[:2]
                    if state != "Z":
                        names[pid], parents[pid] = name, int(parent)
                        if self.mark.encode() in (entry / "environ").read_bytes():
                            marked.add(pid)
        while more := {pid for pid, parent in parents.items() if parent in marked} - marked:
            marked |= more
        return {pid: names[pid] for pid in marked}

    def memory(self) -> float:
        """Proportional set size of all processes in MB: pages that several share count once."""
        return sum(_kilobytes(pid, "smaps_rollup", "Pss") for pid in self.processes()) / 1024

    def resident(self) -> dict[int, float]:
        """Resident MB of each process; also sets its peak back to this value."""
        found = {}
        for pid in self.processes():
            with contextlib.suppress(OSError):
                Path(f"/proc/{pid}/clear_refs").write_text("5")
                found[pid] = _kilobytes(pid, "status", "VmRSS") / 1024
        return found

    def growth(self, before: Mapping[int, float]) -> float:
        """MB: the peaks of all processes since `before` was taken, each above its value then, added up."""
        peaks = {pid: _kilobytes(pid, "status", "VmHWM") / 1024 for pid in self.processes()}
        return sum(max(0.0, peak - before.get(pid, 0.0)) for pid, peak in peaks.items())

    def cpu(self) -> dict[int, int]:
        """Clock ticks that each process has used."""
        found = {}
        for pid in self.processes():
            with contextlib.suppress(OSError):
                fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
                found[pid] = int(fields[11]) + int(fields[12])
        return found

    @contextlib.contextmanager
    def awake(self) -> Iterator[None]:
        """A restless server runs only inside this block."""
        self.signal(signal.SIGCONT)
        yield
        self.signal(signal.SIGSTOP)

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to every process of a restless server."""
        for pid in self.processes() if self.stack.restless else ():
            with contextlib.suppress(OSError):
                os.kill(pid, number)

    def kill_worker(self) -> int:
        """SIGKILL to the process, nginx aside, that used most CPU in the last 0.3 s: under load that is a model worker. Its pid."""
        before = self.cpu()
        time.sleep(0.3)
        names = self.processes()
        used = {pid: ticks - before.get(pid, 0) for pid, ticks in self.cpu().items() if names.get(pid) not in (None, "nginx")}
        victim = max(used, key=lambda pid: used[pid])
        os.kill(victim, signal.SIGKILL)
        return victim


def _kilobytes(pid: int, file: str, key: str) -> int:
    with contextlib.suppress(OSError):
        for line in Path(f"/proc/{pid}/{file}").read_text().splitlines():
            if line.startswith(f"{key}:"):
                return int(line.split()[1])
    return 0


@contextlib.contextmanager
def running(stack: Stack, model: Path, scratch: Path, environment: Mapping[str, str] | None = None) -> Iterator[Server]:
    """A stack with a model folder, from its start to its end. Raises NotRunning when it does not answer /ping in START_SECONDS."""
    mark = f"{_MARK}-{uuid.uuid4().hex}"
    folder = scratch / mark[-8:]  # short: a socket's path has at most 107 characters
    folder.mkdir(parents=True)
    scratch.chmod(0o755)  # nginx, started by root, serves as nobody
    variables = {_MARK: mark, "SAGEMAKER_MODEL_SERVER_WORKERS": str(WORKERS), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    start = _start_ours if stack is OURS else _start_peer
    if stack is not OURS:
        python_of(stack)  # installed before the clock runs
    started = time.perf_counter()
    server, end = start(stack, model, folder, mark, {**variables, **(environment or {})})
    try:
        _wait(server, started)
        yield server
    finally:
        processes = server.processes()
        server.signal(signal.SIGCONT)
        end()
        for pid in processes:
            with contextlib.suppress(OSError):
                if f"({processes[pid]})" in Path(f"/proc/{pid}/stat").read_text():
                    os.kill(pid, signal.SIGKILL)


def _start_ours(stack: Stack, model: Path, folder: Path, mark: str, environment: Mapping[str, str]) -> tuple[Server, Callable[[], object]]:
    from slipway.containers.launch import start
    from slipway.containers.source import Folder

    container = start(Folder(ROOT / "containers" / "inference"), "serve", root=folder, environment=environment, model=model)
    return Server(stack, container.port, mark, container.log, container.alive), container.terminate


def _start_peer(stack: Stack, model: Path, folder: Path, mark: str, environment: Mapping[str, str]) -> tuple[Server, Callable[[], object]]:
    from slipway.containers.nginx import find_nginx

    python, port, log = python_of(stack), free_port(), folder / "log"
    (folder / "tmp").mkdir()
    (folder / "model").symlink_to(model.resolve())
    if stack.prepare:
        stack.prepare(folder, port)
    variables = {
        **os.environ,
        "PATH": f"{python.parent}:{os.environ['PATH']}",
        "PYTHONPATH": f"{PEERS / 'common'}:{PEERS / stack.kit}",
        "PYTHONUNBUFFERED": "1",
        "SAGEMAKER_BASE_DIR": str(folder),
        "SAGEMAKER_BIND_TO_PORT": str(port),
        "TMPDIR": str(folder / "tmp"),
        "HOME": str(folder),
        "BENCH_NGINX": str(find_nginx(ROOT / ".tools", Silent())),
        **{name: value.format(folder=folder) for name, value in stack.environment.items()},
        **environment,
    }
    with log.open("wb") as output:
        line = command(stack, python, folder, port)
        process = subprocess.Popen(line, cwd=PEERS / stack.kit, env=variables, stdout=output, stderr=output, start_new_session=True)

    def end() -> None:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=5)
        process.kill()

    return Server(stack, port, mark, log, lambda: process.poll() is None), end


def free_port() -> int:
    """A port that nothing listens on; below 32768, as MMS takes no other."""
    while True:
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", random.randrange(20000, 32768)))
            return int(probe.getsockname()[1])


def _wait(server: Server, started: float) -> None:
    while time.perf_counter() < started + START_SECONDS:
        if ping(server.port, server.stack.ping):
            server.cold = time.perf_counter() - started
            return
        if not server.alive():
            break
        time.sleep(0.01)
    lines = [line.strip() for line in server.log.read_text(errors="replace").splitlines() if line.strip()]
    raise NotRunning(f"does not start: {lines[-1][:160] if lines else 'no output'}")


def ping(port: int, path: str = "/ping") -> bool:
    """Does the server answer 200 now?"""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def python_of(stack: Stack) -> Path:
    """The Python of a peer's environment, installed on first use into .tools/bench. Raises NotRunning."""
    from slipway.containers.environment import python_for
    from slipway.errors import SlipwayError

    try:
        return python_for(requirements(stack), ROOT / ".tools" / "bench", Silent())
    except SlipwayError as error:
        raise NotRunning(f"does not install: {error}") from None
