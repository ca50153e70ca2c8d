"""The ledger of an environment: one object in its state bucket for each deploy, `.slipway/revisions/<number>.json`.

It answers who changed what and when, and holds the environment's files, from which `slipway rollback` makes an earlier revision run
again. Revisions are only ever added, each under the environment's lock. Git stays where configuration comes from.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from slipway.errors import InputError, SlipwayError
from slipway.layers import stack_name

PREFIX = ".slipway/revisions/"
_ABSENT = ("NoSuchKey", "NoSuchBucket", "404", "NotFound")


@dataclass(frozen=True)
class StackEntry:
    """One stack in a deploy: the checksum of its plan (empty: nothing to do), whether it was applied, and a summary in words."""

    stack: str
    digest: str
    applied: bool
    summary: str


@dataclass(frozen=True)
class Revision:
    """One deploy. `time` is UTC; `stack` the only one that was meant, or empty; `rollback_to` the revision whose files it brought back.

    `files`: path below the project -> text of the environment's files. `models`: the lock's entries as plain data.
    """

    revision: int
    environment: str
    time: str
    result: Literal["succeeded", "failed"]
    actor: str
    caller: str
    commit: str
    dirty: bool
    plan: str
    stacks: tuple[StackEntry, ...]
    files: Mapping[str, str]
    models: Mapping[str, Any]
    stack: str = ""
    error: str = ""
    rollback_to: int | None = None

    @property
    def whole(self) -> bool:
        """Whether it succeeded for every stack of the environment."""
        return self.result == "succeeded" and not self.stack

    @property
    def serves(self) -> bool:
        """Whether its models are those that the serving stack runs from then on."""
        return self.result == "succeeded" and stack_name(self.environment, "serving") in {entry.stack for entry in self.stacks}

    def as_dict(self) -> dict[str, Any]:
        """As it is stored, and for `--json`."""
        return asdict(self)


def parse(body: bytes) -> Revision:
    """A stored revision. Raises ValueError, TypeError or KeyError for anything else."""
    document = json.loads(body)
    document["stacks"] = tuple(StackEntry(**entry) for entry in document["stacks"])
    return Revision(**document)


@dataclass
class Ledger:
    """Reads and adds revisions. `encryption`: arguments of PutObject, only needed to add."""

    s3: Any
    bucket: str
    environment: str
    encryption: Mapping[str, str] = field(default_factory=dict)

    def numbers(self) -> list[int]:
        """The numbers of all revisions, the newest first; none where there is no bucket yet."""
        keys = [key.removeprefix(PREFIX).removesuffix(".json") for key in self._keys()]
        return sorted((int(key) for key in keys if key.isdigit()), reverse=True)

    def read(self, number: int) -> Revision:
        """One revision. InputError when there is none of that number, SlipwayError when it is not readable."""
        from botocore.exceptions import ClientError

        try:
            body = self.s3.get_object(Bucket=self.bucket, Key=key(number))["Body"].read()
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") not in _ABSENT:
                raise self._unreadable(error) from error
            raise InputError(
                f"{self.environment} has no revision {number}", fix=f"`slipway revisions {self.environment}` lists them"
            ) from None
        try:
            return parse(body)
        except (ValueError, TypeError, KeyError) as error:
            raise SlipwayError(
                f"s3://{self.bucket}/{key(number)} is no revision: {error}", fix="restore an earlier version of it"
            ) from error

    def newest(self) -> Iterator[Revision]:
        """Every revision, the newest first, each read when it is asked for."""
        return (self.read(number) for number in self.numbers())

    def serving(self) -> Revision | None:
        """The revision whose models run: the newest that brought the serving stack to what was configured."""
        return next((revision for revision in self.newest() if revision.serves), None)

    def add(self, revision: Revision) -> Revision:
        """Write it under the next free number, whatever its own says, and return it as written."""
        from botocore.exceptions import ClientError

        number = (self.numbers() or [0])[0] + 1
        while True:
            numbered = Revision(**{**vars(revision), "revision": number})
            body = json.dumps(numbered.as_dict(), indent=2).encode()
            try:
                self.s3.put_object(Bucket=self.bucket, Key=key(number), Body=body, IfNoneMatch="*", **self.encryption)
                return numbered
            except ClientError as error:
                if error.response.get("Error", {}).get("Code") not in ("PreconditionFailed", "412", "ConditionalRequestConflict"):
                    raise self._unreadable(error) from error
                number += 1

    def _keys(self) -> Sequence[str]:
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=PREFIX)
            return [item["Key"] for page in pages for item in page.get("Contents", [])]
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _ABSENT:
                return []
            raise self._unreadable(error) from error
        except BotoCoreError as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: Exception) -> SlipwayError:
        return SlipwayError(
            f"the revisions of {self.environment} in s3://{self.bucket}/{PREFIX} cannot be used: {error}",
            fix="Check that the credentials may use the state bucket and its key.",
        )


def key(number: int) -> str:
    """The object that holds a revision."""
    return f"{PREFIX}{number:06d}.json"


def environment_files(name: str, root: Path) -> dict[str, str]:
    """The files that say what an environment is, by their path below the project: defaults, its own file, its release lock."""
    from slipway.config.files import DEFAULTS, FOLDER, LOCK_SUFFIX

    found = [root / FOLDER / file for file in (DEFAULTS, f"{name}.yaml", f"{name}{LOCK_SUFFIX}")]
    return {file.relative_to(root).as_posix(): file.read_text(encoding="utf-8") for file in found if file.is_file()}
