"""`serve`: what SageMaker starts (`docker run IMAGE serve`). Reads the settings and hands over to the supervisor.

Exit codes: 0 after SIGTERM; 1 when a part of the container failed; 2 for a wrong setting or command.
"""

from __future__ import annotations

import os
import sys

from serving.log import log, set_level
from serving.supervisor import Supervisor
from settings import SettingError, from_environment


def main(arguments: list[str]) -> int:
    """Serve until SIGTERM. `arguments` is what follows the program's name: `serve`, or nothing."""
    if arguments not in ([], ["serve"]):
        log("error", "start_failed", reason=f"unknown command {' '.join(arguments)!r}: this container knows serve")
        return 2
    try:
        settings = from_environment()
    except SettingError as error:
        log("error", "start_failed", reason=str(error))
        return 2
    set_level(settings.log_level)
    return Supervisor(settings).run()


if __name__ == "__main__":
    # Not sys.exit: while the interpreter ends, a second SIGTERM would be handled by the default action and change the exit code.
    os._exit(main(sys.argv[1:]))
