"""`python -m bench.scan_once PROJECT OUT`: one scan; writes how long it took after the imports to PROJECT/scan.json."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path


def main() -> None:
    """Scan the environment `bench`."""
    import checkov.terraform_json.runner  # noqa: F401  the import is not what is measured

    from slipway.config.load import load_environment
    from slipway.scan import scan

    root, out = Path(sys.argv[1]), Path(sys.argv[2])
    config = load_environment("bench", root)
    started = time.perf_counter()
    report = scan.scan(out, config)
    seconds = time.perf_counter() - started
    coverage = report.coverage
    (root / "scan.json").write_text(json.dumps({"seconds": seconds, "resources": coverage.resources, "records": coverage.records}))


if __name__ == "__main__":
    main()
