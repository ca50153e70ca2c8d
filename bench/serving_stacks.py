"""The stacks of the serving benchmark: Slipway's container, the classic layout, and the peers as their documentation runs them.

Every stack gets two worker processes, one BLAS thread in each, the same model folder, and the same request bodies, except that
MLServer speaks its own V2 protocol.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

PEERS = Path(__file__).resolve().parent / "peers"
WORKERS = 2
GUNICORN = ("-m", "gunicorn", "-b", "127.0.0.1:{port}", "--timeout", "60", "--graceful-timeout", "30", "-w", str(WORKERS))
GRANIAN = ("bin/granian", "--host", "127.0.0.1", "--port", "{port}", "--workers", str(WORKERS), "--respawn-failed-workers", "--no-log")


def _mlserver(folder: Path, port: int, parallel: int) -> None:
    settings = {"host": "127.0.0.1", "http_port": port, "parallel_workers": parallel, "metrics_endpoint": None, "debug": False}
    settings |= {"grpc_port": 0, "extensions": [], "use_structured_logging": False}
    (folder / "settings.json").write_text(json.dumps(settings))
    (folder / "model-settings.json").write_text(json.dumps({"name": "wine", "implementation": "runtime.Wine"}))


@dataclass(frozen=True)
class Stack:
    """One way to serve. `argv`: program and arguments, with {port} and {folder} (a scratch folder) to fill in; a first word that
    starts with "bin/" is a program of the peer's environment, "-m" or a .py file is run by its Python, in `peers/<kit>`.
    """

    name: str
    kit: str
    argv: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)
    speaks: str = "http"  # http: any content type; json: JSON only; v2: MLServer's protocol
    ping: str = "/ping"
    invocations: str = "/invocations"
    prepare: Callable[[Path, int], None] | None = None
    restless: bool = False  # uses CPU while it has nothing to do: stopped (SIGSTOP) while others are under load


OURS = Stack("Slipway", "", ())
CLASSIC = Stack("nginx + gunicorn sync + Flask", "gunicorn", ("serve_classic.py",))
CLASSIC_PANDAS = Stack("the classic with pandas.read_csv", "gunicorn", ("serve_classic.py",), {"BENCH_CSV": "pandas"})
PEER_STACKS = (
    Stack("gunicorn gthread + Flask", "gunicorn", (*GUNICORN, "-k", "gthread", "--threads", "4", "flask_app:app")),
    Stack("gunicorn + uvicorn, bare ASGI", "gunicorn", (*GUNICORN, "-k", "uvicorn.workers.UvicornWorker", "asgi_app:app")),
    Stack("gunicorn + uvicorn, FastAPI", "gunicorn", (*GUNICORN, "-k", "uvicorn.workers.UvicornWorker", "fastapi_app:app")),
    Stack("gunicorn asgi, bare ASGI", "gunicorn", (*GUNICORN, "-k", "asgi", "asgi_app:app")),
    Stack("granian RSGI", "gunicorn", (*GRANIAN, "--interface", "rsgi", "rsgi_app:app")),
    Stack("granian ASGI", "gunicorn", (*GRANIAN, "--interface", "asgi", "asgi_app:app")),
    Stack("granian WSGI + Flask", "gunicorn", (*GRANIAN, "--interface", "wsgi", "--blocking-threads", "4", "flask_app:app")),
    Stack("LitServe", "litserve", ("app.py", "{port}", "2", "2", "1"), speaks="json"),
    Stack("LitServe, batching", "litserve", ("app.py", "{port}", "2", "1", "32"), speaks="json", restless=True),
    Stack(
        "MLServer, parallel workers",
        "mlserver",
        ("bin/mlserver", "start", "{folder}"),
        speaks="v2",
        ping="/v2/models/wine/ready",
        invocations="/v2/models/wine/infer",
        prepare=lambda folder, port: _mlserver(folder, port, WORKERS),
    ),
    Stack(
        "MLServer, in process",
        "mlserver",
        ("bin/mlserver", "start", "{folder}"),
        speaks="v2",
        ping="/v2/models/wine/ready",
        invocations="/v2/models/wine/infer",
        prepare=lambda folder, port: _mlserver(folder, port, 0),
    ),
    Stack(
        "BentoML",
        "bentoml",
        ("bin/bentoml", "serve", "service:Wine", "--host", "127.0.0.1", "--port", "{port}", "--timeout", "60"),
        {"BENTOML_HOME": "{folder}", "BENTOML_DO_NOT_TRACK": "True"},
        speaks="json",
        ping="/livez",
    ),
    Stack(
        "sagemaker-inference + MMS", "mms", ("entry.py",), {"LOG_LOCATION": "{folder}", "METRICS_LOCATION": "{folder}", "TEMP": "{folder}"}
    ),
    Stack("Robyn", "robyn", ("app.py", "--processes", str(WORKERS), "--workers", "1", "--log-level", "WARN")),
)


def command(stack: Stack, python: Path, folder: Path, port: int) -> list[str]:
    """The command line of a peer with the Python of its environment."""
    first, *rest = (word.format(port=port, folder=folder) for word in stack.argv)
    program = [str(python.parent / first.removeprefix("bin/"))] if first.startswith("bin/") else [str(python), first]
    return [*program, *rest]


def requirements(stack: Stack) -> Path:
    """The pinned requirements of a peer's environment."""
    return PEERS / stack.kit / "requirements.txt"
