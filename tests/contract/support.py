"""The tiny containers: the good one, and one for every breach. Times are shorter, limits smaller than SageMaker's."""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from slipway.containers.source import Folder
from slipway.contract.cases import Case, load_cases
from slipway.contract.catalogue import SERVING, TRAINING, chosen
from slipway.contract.report import Report
from slipway.contract.run import run
from slipway.contract.settings import Settings
from slipway.contract.subject import Subject
from slipway.contract.trainee import Trainee

HERE = Path(__file__).resolve().parent
TINY, BROKEN = HERE / "tiny", HERE / "broken"
CASES = TINY / "cases.yaml"
QUICK = Settings(
    startup=8.0,
    ping=2.0,
    connect=2.0,
    request=2.0,
    stop=8.0,
    training_stop=1.5,
    training=20.0,
    body_limit=64 * 1024,
    concurrency=6,
    rounds=3,
    fuzz=40,
    pings=6,
)
METRICS = {"total": r"total=([0-9.]+);"}
EVERYWHERE_THE_SAME = ("SM-START-03",)
"""Needs a second Python process each time; only the good container and the one that breaks it are asked."""


def container(target: Path, breach: str | None = None) -> Path:
    """The folder of the good container, or of the one with this breach."""
    shutil.copytree(TINY, target, ignore=shutil.ignore_patterns("__pycache__"))
    for suffix, name in ((".py", "breach.py"), (".Dockerfile", "Dockerfile")):
        if breach and (BROKEN / f"{breach}{suffix}").exists():
            shutil.copy(BROKEN / f"{breach}{suffix}", target / name)
    return target


def model(target: Path) -> Path:
    """A model folder of the tiny container."""
    target.mkdir()
    (target / "factor.json").write_text('{"factor": 3}')
    return target


def check_serving(
    folder: Path, breach: str | None = None, *, settings: Settings = QUICK, only: Iterable[str] = (), skip: Iterable[str] = ()
) -> Report:
    """The report about a tiny container that serves."""
    folder.mkdir(parents=True)
    subject = Subject(
        source=Folder(container(folder / "image", breach)),
        folder=folder / "runs",
        model=model(folder / "model"),
        cases=cases(),
        settings=settings,
    )
    return run(breach or "tiny", subject, chosen(SERVING, only, skip))


def check_training(folder: Path, breach: str | None = None) -> Report:
    """The report about a tiny container that trains."""
    channel = folder / "data"
    channel.mkdir(parents=True)
    (channel / "numbers.txt").write_text("1\n2.5\n")
    source = Folder(container(folder / "image", breach))
    trainee = Trainee(
        source=source, folder=folder / "runs", hyperparameters={"steps": "8"}, channels={"train": channel}, metrics=METRICS, settings=QUICK
    )
    return run(breach or "tiny", trainee, TRAINING)


def cases() -> list[Case]:
    """The cases of the tiny container."""
    return load_cases(CASES)
