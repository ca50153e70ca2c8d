"""`python -m bench.scan_once PROJECT OUT`: one scan; writes how long it took after the imports to PROJECT/scan.json."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def main() -> None:
    """Scan the environment `bench`."""
    from slipway.config.load import load_environment
    from slipway.scan import checkov_runs, scan  # noqa: F401  the imports are not what is measured

    root, out = Path(sys.argv[1]), Path(sys.argv[2])
    config = load_environment("bench", root)
    started = time.perf_counter()
    report = scan.scan(out, config)
    seconds = time.perf_counter() - started
    (root / "scan.json").write_text(json.dumps({"seconds": seconds, "resources": report.coverage.resources, "records": report.coverage.records}))


if __name__ == "__main__":
    main()
