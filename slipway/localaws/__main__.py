"""`python -m slipway.localaws`: the process behind `slipway local up`. Use that command."""

from __future__ import annotations

import argparse
import logging
import os
import signal
import sys
import threading
from pathlib import Path

from slipway.errors import SlipwayError
from slipway.localaws.record import ServerRecord


def main() -> int:
    """Serve until SIGTERM or SIGINT. The record file is written once the port is bound, and removed at the end."""
    parser = argparse.ArgumentParser(prog="python -m slipway.localaws", description=__doc__)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--persist", type=Path)
    parser.add_argument("--record", type=Path, required=True, help="where to write url and process id")
    options = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    stopping = threading.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        signal.signal(name, lambda *_: stopping.set())
    from slipway.localaws.server import start

    try:
        server = start(options.port, options.persist)
    except SlipwayError as error:
        print(f"error: {error.message}\n  fix: {error.fix}", file=sys.stderr)
        return error.exit_code
    with server:
        ServerRecord.now(server.url, os.getpid(), options.persist).write(options.record)
        stopping.wait()
    options.record.unlink(missing_ok=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
