"""The serving benchmark: Slipway's inference container beside the classic layout and the peers, in interleaved rounds.

In a round every stack that runs gets the same load in turn, forwards in even rounds and backwards in odd ones; a ratio compares two
stacks of the same round. All stacks are up the whole time; only one is under load.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.load.payloads import Payload, payloads
from bench.serving_load import Client, Load, pinging
from bench.serving_process import NotRunning, Server, python_of, running
from bench.serving_stacks import CLASSIC, CLASSIC_PANDAS, OURS, PEER_STACKS, PEERS, Stack

Point = tuple[str, int]

POINTS = (("json1", 1), ("json1", 8), ("json1", 32), ("json100", 8), ("csv1", 8))
BIG: Point = ("csv5mb", 2)
SECONDS = {"json1": 1.2, "json100": 1.0, "csv1": 1.0, "csv5mb": 1.5}
WARM_SECONDS = 0.2
SLOW_SECONDS = 0.1
SLOW_CODE = f"""

_predict = predict_fn


def predict_fn(data, model):
    import time

    time.sleep({SLOW_SECONDS})
    return _predict(data, model)
"""
OVERLOAD_CLIENTS = 64
OVERLOAD_SECONDS = 3.0
KILLS = 3
COLD_STARTS = 3


@dataclass
class Found:
    """What was measured of one stack. `loads`: a result a round; the other figures are medians or sums as their names say."""

    stack: Stack
    failure: str = ""  # why it does not run
    remarks: list[str] = field(default_factory=list)  # why a point is missing
    loads: dict[Point, list[Load]] = field(default_factory=dict)
    cold: list[float] = field(default_factory=list)
    memory: float = 0.0  # PSS in MB after the load
    big_growth: float = 0.0  # MB for each 5 MB payload under way
    ping: Load | None = None  # /ping while OVERLOAD_CLIENTS wait for a slow model
    killed: Load | None = None  # load during which KILLS workers were killed


@dataclass
class Results:
    """Everything measured; `predict` and `whole`: seconds of the bare predict, and of decode + predict + encode, in one process."""

    found: dict[str, Found]
    predict: float = 0.0
    whole: float = 0.0


@dataclass(frozen=True)
class Options:
    """`peers`: only those whose name contains one of these words, case ignored; empty: all. `quick`: no peers."""

    rounds: int = 3
    quick: bool = False
    peers: tuple[str, ...] = ()

    def stacks(self) -> tuple[Stack, ...]:
        """The stacks to measure, ours and the classic first."""
        chosen = [stack for stack in PEER_STACKS if not self.peers or any(word.lower() in stack.name.lower() for word in self.peers)]
        return (CLASSIC, OURS, *([] if self.quick else chosen))


def measure(options: Options, progress: Callable[[str], None]) -> Results:
    """Run everything. `progress` gets a line for each part."""
    with tempfile.TemporaryDirectory(prefix="slipway-bench-") as folder:
        scratch = Path(folder)
        model = train(scratch)
        known = payloads(model)
        results = Results({stack.name: Found(stack) for stack in options.stacks()})
        with started([found.stack for found in results.found.values()], results, model, scratch, progress) as servers:
            for kind in dict.fromkeys(kind for kind, _ in POINTS):
                load(results, servers, kind, known[kind], options.rounds, progress)
            for server in servers:
                results.found[server.stack.name].memory = server.memory()
        results.found[CLASSIC_PANDAS.name] = Found(CLASSIC_PANDAS)
        with started([CLASSIC, OURS, CLASSIC_PANDAS], results, codeless(model), scratch, progress) as servers:
            for server in servers:
                results.found[server.stack.name].big_growth = big_payloads(server, known["csv5mb"])
            load(results, servers, BIG[0], known[BIG[0]], options.rounds, progress)
        for stack in (OURS, CLASSIC):
            found = results.found[stack.name]
            try:
                if not found.failure:
                    behaviour(found, known["json1"], model, scratch, progress)
            except NotRunning as error:
                found.failure = str(error)
        results.predict, results.whole = bare(model, known["json1"])
    return results


def train(scratch: Path) -> Path:
    """The sample model's folder, trained in a process of its own."""
    folder = scratch / "wine"
    script = PEERS.parents[1] / "examples" / "wine" / "train.py"
    subprocess.run([sys.executable, str(script), str(folder)], check=True, capture_output=True)
    return folder


def codeless(model: Path) -> Path:
    """An archive of the same model without code: the stacks read and write with what they have themselves."""
    folder = model.with_name("codeless")
    folder.mkdir()
    shutil.copy(model / "model.skops", folder)
    (folder / "slipway.json").write_text(json.dumps({"model": "model.skops", "format": "skops", "row_independent": True}))
    return folder


@contextmanager
def started(
    stacks: Sequence[Stack], results: Results, model: Path, scratch: Path, progress: Callable[[str], None]
) -> Iterator[list[Server]]:
    """Every stack that installs and starts; what does not gets its reason as failure."""
    servers = []
    with ExitStack() as running_stacks:
        for stack in stacks:
            progress(f"serving: starting {stack.name}")
            found = results.found[stack.name]
            try:
                server = running_stacks.enter_context(running(stack, model, scratch))
            except NotRunning as error:
                found.failure = str(error)
                continue
            found.cold = found.cold or [server.cold]  # of the sample, which is started first
            servers.append(server)
        yield servers


def load(results: Results, servers: Sequence[Server], kind: str, payload: Payload, rounds: int, progress: Callable[[str], None]) -> None:
    """All points of one payload on every server in every round; peers without a bar there are measured in the first round only."""
    clients = []
    for server in servers:
        try:
            clients.append(Client(server, payload))
        except NotRunning as error:
            results.found[server.stack.name].remarks.append(f"{kind}: {error}")
    for point in (point for point in (*POINTS, BIG) if point[0] == kind):
        progress(f"serving: {kind}, {point[1]} connections")
        for number in range(rounds):
            for client in clients if number % 2 == 0 else reversed(clients):
                stack = client.server.stack
                if number == 0 or kind == "json1" or stack not in PEER_STACKS:
                    if number == 0:
                        client.load(point[1], WARM_SECONDS)
                    result = client.load(point[1], SECONDS[kind])
                    results.found[stack.name].loads.setdefault(point, []).append(result)


def behaviour(found: Found, payload: Payload, model: Path, scratch: Path, progress: Callable[[str], None]) -> None:
    """Killed workers, cold starts and /ping under overload, each with a server of its own."""
    name = found.stack.name
    progress(f"serving: {name}: killed workers, cold starts, overload")
    with running(found.stack, model, scratch) as server:
        found.cold.append(server.cold)
        with Client(server, payload).loading(8, KILLS + 1.0) as result:
            for _ in range(KILLS):
                time.sleep(0.7)
                server.kill_worker()
        found.killed = result[0]
    while len(found.cold) < COLD_STARTS:
        with running(found.stack, model, scratch) as server:
            found.cold.append(server.cold)
    with running(found.stack, slow_model(model, scratch / f"slow-{len(name)}"), scratch) as server:
        with Client(server, few(payload, 4)).loading(OVERLOAD_CLIENTS, OVERLOAD_SECONDS), pinging(server, OVERLOAD_SECONDS) as pings:
            pass
        found.ping = pings[0]


def big_payloads(server: Server, payload: Payload) -> float:
    """MB that the server's processes grow at their peaks for each 5 MB payload under way. The server has answered one row before."""
    first = payload.bodies[0].splitlines(keepends=True)[0]
    Client(server, Payload(payload.content_type, (first,), (payload.answers[0].splitlines(keepends=True)[0],))).load(BIG[1], 0.5)
    before = server.resident()
    Client(server, payload).load(BIG[1], 1.0)
    return server.growth(before) / BIG[1]


def few(payload: Payload, count: int) -> Payload:
    """The first requests of a payload."""
    return Payload(payload.content_type, payload.bodies[:count], payload.answers[:count])


def slow_model(model: Path, folder: Path) -> Path:
    """The same model, whose predict takes SLOW_SECONDS longer and cannot be batched."""
    shutil.copytree(model, folder)
    with (folder / "code" / "inference.py").open("a") as code:
        code.write(SLOW_CODE)
    manifest = folder / "slipway.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "row_independent": False}))
    return folder


def bare(model: Path, payload: Payload) -> tuple[float, float]:
    """Seconds of one predict, and of decode + predict + encode, in a loop without any server (see peers/common/bare.py)."""
    script = PEERS / "common" / "bare.py"
    environment = {**os.environ, "SAGEMAKER_BASE_DIR": str(model.parent), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    (model.parent / "model").symlink_to(model)
    done = subprocess.run(
        [str(python_of(CLASSIC)), str(script)], input=payload.bodies[0], env=environment, capture_output=True, text=True, check=True
    )
    figures = json.loads(done.stdout)
    return figures["predict"], figures["whole"]
