"""Where the user's program is: brought along with the job, mounted at /opt/ml/code, or part of the image."""

from __future__ import annotations

import re
import shutil
import sys
import tarfile
import tempfile
from importlib import metadata
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from packaging.requirements import InvalidRequirement, Requirement

from trainer.failure import TrainingFailed
from trainer.hyperparameters import Hyperparameters
from trainer.settings import Settings


def prepare(settings: Settings, hyperparameters: Hyperparameters) -> tuple[Path, str]:
    """The folder to run in and the program's name in it.

    Code comes, first match wins, from `sagemaker_submit_directory` (a folder, a .tar.gz or an S3 address of one; unpacked into
    /opt/ml/code), from /opt/ml/code itself, from `code/` beside the container's own files. TrainingFailed when no program is there.
    """
    program = hyperparameters.option("sagemaker_program") or settings.program
    submitted = hyperparameters.option("sagemaker_submit_directory") or settings.submit_directory
    if submitted:
        _fetch(submitted, settings)
    path = PurePosixPath(program)
    if path.is_absolute() or ".." in path.parts:
        raise TrainingFailed(f"sagemaker_program {program!r} must be the name of a file inside the code folder")
    for folder in (settings.code, settings.image_code):
        if (folder / path).is_file():
            check_requirements(folder / "requirements.txt")
            return folder, program
    looked = f"{settings.code} and {settings.image_code}"
    raise TrainingFailed(
        f"no program {program}: looked in {looked}. Name it with the hyperparameter sagemaker_program or SAGEMAKER_PROGRAM"
    )


def command(folder: Path, program: str, arguments: list[str]) -> list[str]:
    """How the program is started: Python files by this interpreter, everything else by its own first line (`#!`)."""
    path = folder / program
    if path.suffix == ".py":
        return [sys.executable, "-u", str(path), *arguments]
    path.chmod(path.stat().st_mode | 0o500)
    return [str(path), *arguments]


def check_requirements(path: Path) -> None:
    """TrainingFailed when the program's requirements.txt names what the image lacks: nothing is installed at start.

    Training runs with network isolation, and a job must not depend on what a package index serves that day.
    """
    lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
    missing = [
        line for line in (re.sub(r"(^|\s)#.*|\s--hash=\S+|\\$", "", line).strip() for line in lines) if line and not _satisfied(line)
    ]
    if missing:
        raise TrainingFailed(
            f"{path.name} asks for {', '.join(missing)}, which the image does not have: add it to the image's requirements.in"
        )


def _satisfied(line: str) -> bool:
    try:
        requirement = Requirement(line)
    except InvalidRequirement:
        return line.startswith("--")
    if requirement.marker is not None and not requirement.marker.evaluate():
        return True
    try:
        return requirement.specifier.contains(metadata.version(requirement.name), prereleases=True)
    except metadata.PackageNotFoundError:
        return False


def _fetch(place: str, settings: Settings) -> None:
    """Fill the code folder from a folder, an archive or S3. /opt/ml/... is meant below the base folder, wherever that is."""
    code = settings.code
    if place.startswith("s3://"):
        with tempfile.TemporaryDirectory() as scratch:
            archive = Path(scratch) / "sourcedir.tar.gz"
            _download(place, archive)
            _unpack(archive, code)
        return
    source = Path(re.sub(r"^(file://)?(/opt/ml(?=/)|)", lambda found: str(settings.base) if found[2] else "", place))
    if source.is_file():
        _unpack(source, code)
    elif not source.is_dir():
        raise TrainingFailed(f"sagemaker_submit_directory {place} is neither a folder nor an archive")
    elif source.resolve() != code.resolve():
        shutil.copytree(source, code, dirs_exist_ok=True)


def _download(address: str, target: Path) -> None:
    import boto3
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    parts = urlsplit(address)
    try:
        boto3.client("s3").download_file(parts.netloc, parts.path.lstrip("/"), str(target))
    except (Boto3Error, BotoCoreError, ClientError) as error:
        raise TrainingFailed(
            f"sagemaker_submit_directory {address} cannot be fetched: {error}. With network isolation bring the code in a channel instead"
        ) from None


def _unpack(archive: Path, code: Path) -> None:
    code.mkdir(parents=True, exist_ok=True)
    try:
        with tarfile.open(archive) as opened:
            opened.extractall(code, filter="data")  # refuses links and names that lead out of the folder, and devices
    except (tarfile.TarError, EOFError, OSError) as error:
        raise TrainingFailed(f"sagemaker_submit_directory: {archive.name} cannot be unpacked: {error}") from None
