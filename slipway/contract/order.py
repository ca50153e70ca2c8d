"""What a person asks to be tested, checked before anything is started."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from slipway.contract.cases import load_cases
from slipway.contract.catalogue import SERVING, TRAINING, chosen
from slipway.contract.report import Report
from slipway.contract.run import run
from slipway.contract.settings import Settings
from slipway.contract.subject import Subject
from slipway.contract.trainee import Trainee
from slipway.errors import InputError
from slipway.progress import Reporter

if TYPE_CHECKING:
    from slipway.containers.source import Source

ENGINES = ("auto", "process", "docker")


def pairs(option: str, given: Iterable[str] | None) -> dict[str, str]:
    """`NAME=VALUE` texts of an option as a map. InputError for one without a name or given twice."""
    found: dict[str, str] = {}
    for text in given or ():
        name, equals, value = text.partition("=")
        if not name or not equals:
            raise InputError(f"{option} {text}: must be NAME=VALUE")
        if name in found:
            raise InputError(f"{option} {name} is given twice")
        found[name] = value
    return found


@dataclass(frozen=True)
class Order:
    """The options of `slipway test-container`. `time_limit` in seconds for one request."""

    container: str
    model: Path | None = None
    cases: Path | None = None
    training: bool = False
    hyperparameters: Path | None = None
    channels: Mapping[str, Path] = field(default_factory=dict)
    metrics: Mapping[str, str] = field(default_factory=dict)
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    time_limit: float = Settings.request
    engine: str = "auto"

    def run(self, reporter: Reporter) -> Report:
        """Check the order, then the container. InputError (exit code 2) before anything is started."""
        self._check()
        clauses = chosen(TRAINING if self.training else SERVING, self.only, self.skip)
        source = self._source()
        settings = Settings(request=self.time_limit, environment=self.variables)
        cases = load_cases(self.cases) if self.cases else []
        parameters = read_hyperparameters(self.hyperparameters) if self.hyperparameters else {}
        folder = Path(tempfile.mkdtemp(prefix="slipway-contract-"))
        under_test: Any = {
            "source": source,
            "folder": folder,
            "engine": self.engine == "docker",
            "settings": settings,
            "reporter": reporter,
        }
        subject: Subject | Trainee
        if self.training:
            channels = {name: path.resolve() for name, path in self.channels.items()}
            subject = Trainee(**under_test, hyperparameters=parameters, channels=channels, metrics=self.metrics)
        else:
            model = self.model.resolve() if self.model else None
            subject = Subject(**under_test, model=model, cases=cases)
        return run(self.container, subject, clauses)

    def _check(self) -> None:
        serving = [name for name, given in (("--model", self.model), ("--cases", self.cases)) if given]
        training = [
            n for n, g in (("--hyperparameters", self.hyperparameters), ("--channel", self.channels), ("--metric", self.metrics)) if g
        ]
        if wrong := serving if self.training else training:
            raise InputError(f"{wrong[0]} is for {'serving' if self.training else 'training'} containers", fix="see --training")
        if self.engine not in ENGINES:
            raise InputError(f"--engine {self.engine}: must be one of {', '.join(ENGINES)}")
        if self.model is not None and not self.model.exists():
            raise InputError(f"--model {self.model}: no such file or folder", fix="name a model folder or a .tar.gz archive")
        for name, path in self.channels.items():
            if not re.fullmatch(r"[A-Za-z0-9._-]{1,64}", name) or not path.is_dir():
                raise InputError(f"--channel {name}={path}: must be a name and an existing folder")
        for name, pattern in self.metrics.items():
            _check_pattern(name, pattern)

    def _source(self) -> Source:
        """What is named, as the engine asked for can run it."""
        from slipway.containers.source import EngineImage, find_source

        source = find_source(self.container)
        if self.engine == "process" and isinstance(source, EngineImage):
            raise InputError(
                f"{self.container} is neither a folder nor a saved image", fix="only a container engine can run it: --engine docker"
            )
        return source


def _check_pattern(name: str, pattern: str) -> None:
    try:
        groups = re.compile(pattern).groups
    except re.error as error:
        raise InputError(f"--metric {name}: not a regular expression: {error}") from None
    if groups < 1:
        raise InputError(f"--metric {name}: needs a group for the number", fix=f"such as --metric '{name}={name}=([0-9.]+);'")


def read_hyperparameters(file: Path) -> dict[str, str]:
    """A JSON object with values as SageMaker passes them: every one a string. InputError for anything else."""
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"--hyperparameters {file}: {error.strerror}") from None
    except ValueError as error:
        raise InputError(f"--hyperparameters {file}: not JSON: {error}") from None
    if not isinstance(document, dict):
        raise InputError(f"--hyperparameters {file}: must hold a JSON object")
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in document.items()}
