"""The classic layout, as in AWS's scikit-learn sample ("bring your own container"): nginx, gunicorn with sync workers, Flask."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent


def main() -> None:
    """Start both, and end when either ends."""
    folder = Path(os.environ["TMPDIR"])
    configuration = (HERE / "nginx.conf").read_text().replace("PORT", os.environ["SAGEMAKER_BIND_TO_PORT"]).replace("FOLDER", str(folder))
    (folder / "nginx.conf").write_text(configuration)
    nginx = subprocess.Popen(
        [os.environ["BENCH_NGINX"], "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "error.log")]
    )
    workers = os.environ["SAGEMAKER_MODEL_SERVER_WORKERS"]
    arguments = ["--timeout", "60", "-k", "sync", "-b", f"unix:{folder}/gunicorn.sock", "-w", workers, "flask_app:app"]
    gunicorn = subprocess.Popen([sys.executable, "-m", "gunicorn", *arguments])

    def stop(*_: Any) -> None:
        nginx.send_signal(signal.SIGQUIT)
        gunicorn.send_signal(signal.SIGTERM)
        sys.exit(0)

    signal.signal(signal.SIGTERM, stop)
    while os.wait()[0] not in (nginx.pid, gunicorn.pid):
        pass
    stop()


if __name__ == "__main__":
    main()
