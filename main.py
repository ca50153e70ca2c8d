"""The CDKTF app. `cdktf synth|diff|deploy|destroy` run it; `slipway` calls `slipway.app` itself.

Which environments: the variable SLIPWAY_ENVIRONMENTS, else the context key `environments` of cdktf.json
(`cdktf synth` with CDKTF_CONTEXT_JSON); a comma-separated list of names, or `all`.
SLIPWAY_LOCAL=<url of the local AWS> writes the override files that send Terraform there.
Exit code 2 for bad configuration, one line per error; 1 when something else failed.
"""

import os
import sys
from pathlib import Path

from slipway.errors import SlipwayError


def main() -> None:
    """Build every chosen environment's stacks and synthesize them."""
    from slipway.app import run_as_cdktf_app

    run_as_cdktf_app(Path(__file__).resolve().parent, os.environ)


if __name__ == "__main__":
    try:
        main()
    except SlipwayError as error:
        from slipway.cli.output import fail

        sys.exit(fail(error, as_json=False))
