"""What the campaign measured: `python -m tests.containers.inference_faults.report` runs it and prints the table.

With a file as argument (`faults.json` below pytest's temporary folder) it prints that one.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent
_lock = threading.Lock()


class Report:
    """Rows of one run: fault, repetitions, seconds to detect and to recover, and whatever else was counted."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows: list[dict[str, Any]] = []

    def add(
        self, row: str, fault: str, *, repetitions: int = 1, detect: float | None = None, recover: float | None = None, **counted: Any
    ) -> None:
        """One line. `detect`: seconds until the container reacted; `recover`: until it served as before; the worst of the repetitions."""
        with _lock:
            self.rows.append(
                {"row": row, "fault": fault, "repetitions": repetitions, "detect": detect, "recover": recover, "counted": counted}
            )
            self.path.write_text(json.dumps(sorted(self.rows, key=lambda line: str(line["row"])), indent=1))


def table(rows: list[dict[str, Any]]) -> str:
    """The rows as lines of text."""
    lines = [f"{'row':5}{'fault':52}{'times':>6}{'detect s':>10}{'recover s':>11}  counted"]
    for row in sorted(rows, key=lambda line: str(line["row"])):
        seconds = ["-" if row[key] is None else f"{row[key]:.2f}" for key in ("detect", "recover")]
        counted = ", ".join(f"{name.replace('_', ' ')} {_short(value)}" for name, value in row["counted"].items())
        lines.append(f"{row['row']:5}{row['fault'][:51]:52}{row['repetitions']:>6}{seconds[0]:>10}{seconds[1]:>11}  {counted}")
    return "\n".join(lines)


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def main() -> int:
    """Print a report, running the campaign first when none is named."""
    if len(sys.argv) > 1:
        print(table(json.loads(Path(sys.argv[1]).read_text())))
        return 0
    with tempfile.TemporaryDirectory() as scratch:
        base = Path(scratch) / "run"
        code = subprocess.run([sys.executable, "-m", "pytest", str(FOLDER), "--basetemp", str(base)]).returncode
        print(table(json.loads((base / "faults.json").read_text())))
    return code


if __name__ == "__main__":
    sys.exit(main())
