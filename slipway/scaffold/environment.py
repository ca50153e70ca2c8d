"""`slipway new environment`: a file of its own, from scratch or after another environment's."""

from __future__ import annotations

import io
import re
import shutil
import tempfile
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from slipway.config.environment import EnvironmentConfig
from slipway.config.files import FOLDER, LOCK_SUFFIX, MAX_NAME, environment_names
from slipway.config.load import load_environment
from slipway.config.names import ENVIRONMENT_PATTERN
from slipway.config.release import ReleaseLock, save_lock
from slipway.config.roundtrip import replace_text
from slipway.errors import InputError
from slipway.scaffold.destroyable import make_destroyable

_TIME_TO_LIVE = re.compile(r"([1-9][0-9]{0,3})([hd])")
_NEW = """\
# yaml-language-server: $schema=schema.json
# {name}: what it does not say is as in _defaults.yaml.
account_id: "{account_id}"
"""


@dataclass(frozen=True)
class NewEnvironment:
    """What is asked for. `account_id`, `region`: None keeps the source's or the default. `expires_at`: an ephemeral environment's end."""

    name: str
    source: str | None = None
    account_id: str | None = None
    region: str | None = None
    expires_at: datetime | None = None


def expiry(time_to_live: str, now: datetime) -> datetime:
    """`8h` or `3d` from `now` on, in UTC and whole seconds. InputError for another form."""
    match = _TIME_TO_LIVE.fullmatch(time_to_live)
    if match is None:
        raise InputError(f"--time-to-live {time_to_live[:40]}: not a duration", fix="write hours or days, such as 8h or 3d")
    count, unit = int(match[1]), match[2]
    return (now.astimezone(timezone.utc) + timedelta(**{"h": {"hours": count}, "d": {"days": count}}[unit])).replace(microsecond=0)


def new_environment(root: Path, asked: NewEnvironment) -> list[Path]:
    """Write `environments/<name>.yaml` and an empty lock file, and return both. Nothing is written unless the result is valid.

    Raises InputError for a name that is taken or not a name, a missing account, an unknown or (with an expiry) productive source.
    """
    _check_name(root, asked.name)
    text = _text(root, asked)
    _check_result(root, asked, text)
    path = root / FOLDER / f"{asked.name}.yaml"
    replace_text(path, text)
    save_lock(asked.name, root, ReleaseLock(models={}))
    return [path, path.with_name(f"{asked.name}{LOCK_SUFFIX}")]


def _check_name(root: Path, name: str) -> None:
    if not re.fullmatch(ENVIRONMENT_PATTERN, name) or len(name) > MAX_NAME:
        raise InputError(
            f"{name[:60]!r} cannot be an environment's name", fix=f"use at most {MAX_NAME} lower-case letters, digits and single hyphens"
        )
    if name in environment_names(root):
        raise InputError(f"environments/{name}.yaml is there already", fix="choose another name, or change that file")


def _text(root: Path, asked: NewEnvironment) -> str:
    if asked.source is None:
        if asked.account_id is None:
            raise InputError("a new environment needs an account", fix="add --account-id 111111111111, or --from an environment to follow")
        text = _NEW.format(name=asked.name, account_id=asked.account_id)
        return _changed(text, asked, None)
    source = load_environment(asked.source, root)
    _check_source(asked, source)
    return _changed((root / FOLDER / f"{asked.source}.yaml").read_text(encoding="utf-8-sig"), asked, source)


def _check_source(asked: NewEnvironment, source: EnvironmentConfig) -> None:
    if asked.expires_at is not None and source.is_production:
        raise InputError(
            f"{source.name} is production: an environment that expires must not follow it",
            fix="name another environment with --from, or leave --time-to-live out",
        )


def _changed(text: str, asked: NewEnvironment, source: EnvironmentConfig | None) -> str:
    """The file with what makes it an environment of its own; comments and order stay."""
    yaml = YAML(typ="rt")
    yaml.width, yaml.preserve_quotes = 4096, True
    document: Any = yaml.load(text)
    if asked.account_id is not None:
        document["account_id"] = yaml.load(f'"{asked.account_id}"')
    if asked.region is not None:
        document["region"] = asked.region
    if source is not None and source.access.github is not None and asked.account_id in (None, source.account_id):
        # An account has one OIDC provider for GitHub: the source's stack holds it.
        document.setdefault("access", {}).setdefault("github", {})["create_provider"] = False
    if source is not None:
        document.pop("delivery", None)  # one pipeline is enough: it follows the order written there
    if asked.expires_at is not None:
        make_destroyable(document, asked.expires_at)
    buffer = io.StringIO()
    yaml.dump(document, buffer)
    return buffer.getvalue()


def _check_result(root: Path, asked: NewEnvironment, text: str) -> None:
    """Validate in a copy of the folder, so that a refused file is never there."""
    with tempfile.TemporaryDirectory(prefix="slipway-new-") as scratch:
        copy = Path(scratch)
        shutil.copytree(root / FOLDER, copy / FOLDER)
        if (root / "examples").is_dir():
            (copy / "examples").symlink_to((root / "examples").resolve(), target_is_directory=True)
        (copy / FOLDER / f"{asked.name}.yaml").write_text(text, encoding="utf-8")
        load_environment(asked.name, copy)
