"""Entry of the training container: SageMaker runs `docker run IMAGE train`.

Reads what SageMaker put into /opt/ml/input, runs the user's program, and ends as SageMaker expects: 0 and something in
/opt/ml/model, or another exit code and the reason in /opt/ml/output/failure.
"""

from __future__ import annotations

import logging
import os
import shlex
import sys

from trainer import channels, failure, hyperparameters, process, resources, settings, source
from trainer.failure import TrainingFailed
from trainer.settings import Settings
from trainer.variables import variables

LOG = logging.getLogger("trainer")
STOPPED_EARLY = 143
"""128 + SIGTERM: told to stop before the program began."""


def main(arguments: list[str]) -> int:
    """The container's exit code: the program's own, or 1 when the job cannot be run at all."""
    if arguments != ["train"]:
        print(f"usage: train.py train (SageMaker gives this argument), got {arguments}", file=sys.stderr)
        return 2
    try:
        setup = settings.read(os.environ)
    except TrainingFailed as error:
        setup = settings.read({name: value for name, value in os.environ.items() if name == "SAGEMAKER_BASE_DIR"})
        return _failed(setup, error)
    logging.basicConfig(stream=sys.stdout, level=setup.log_level, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    stop = process.Stop(setup.stop_seconds)
    try:
        setup.failure.unlink(missing_ok=True)
        code = _train(setup, stop)
    except TrainingFailed as error:
        return _failed(setup, error)
    except Exception as error:
        LOG.exception("the container failed")
        return _failed(setup, TrainingFailed(f"{type(error).__name__}: {error}"))
    LOG.info("stopped on request, checkpoints are kept" if stop.requested else "training ended")
    return code


def _train(setup: Settings, stop: process.Stop) -> int:
    """Run the program and look at what it left behind. TrainingFailed when it did not do its work; not when it was told to stop."""
    given = hyperparameters.read(setup.config / "hyperparameters.json")
    channel_config = channels.read(setup.config / "inputdataconfig.json")
    folders = channels.folders(channel_config, setup.data)
    hosts = resources.read(setup.config / "resourceconfig.json")
    folder, program = source.prepare(setup, given)
    process.hand_over((*setup.writable(), setup.code), setup.failure, setup.program_user)
    arguments = hyperparameters.arguments(given.program)
    told = variables(setup, given, folders, channel_config, hosts, program, arguments)
    _log_start(setup, program, arguments, list(folders), hosts.current_host)
    if stop.requested:
        return STOPPED_EARLY
    command = source.command(folder, program, arguments)
    ended = process.run(command, folder, {**os.environ, **told, "PYTHONUNBUFFERED": "1"}, stop, setup.program_user)
    own = failure.programs_own(setup.failure)
    if not own:
        setup.failure.unlink(missing_ok=True)
    if stop.requested:
        return ended.exit_code
    if ended.exit_code != 0:
        raise TrainingFailed(own or failure.reason(program, ended.exit_code, ended.errors), ended.exit_code)
    if not any(path.is_file() for path in setup.model.rglob("*")):
        raise TrainingFailed(own or f"{program} ended with exit code 0 but wrote no model: SM_MODEL_DIR ({setup.model}) is empty")
    return 0


def _log_start(setup: Settings, program: str, arguments: list[str], names: list[str], host: str) -> None:
    LOG.info("job %s on %s, channels: %s", setup.job_name or "(no name)", host, ", ".join(names) or "none")
    kept = [path for path in setup.checkpoints.rglob("*") if path.is_file()]
    if kept:
        LOG.info("%d checkpoint files of an earlier run are in %s", len(kept), setup.checkpoints)
    LOG.info("running %s", shlex.join([program, *arguments]))


def _failed(setup: Settings, error: TrainingFailed) -> int:
    try:
        failure.write(setup.failure, str(error))
    except OSError as unwritable:
        print(f"output/failure cannot be written: {unwritable}", file=sys.stderr)
    print(f"training failed: {error}", file=sys.stderr, flush=True)
    return error.exit_code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
