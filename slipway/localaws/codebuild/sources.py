"""Where a build's files come from: artifacts of a pipeline, objects in S3, git repositories on this machine, or nowhere."""

from __future__ import annotations

import io
import json
import os
import shutil
import stat
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slipway.localaws import connections, inside

_GIT_SECONDS = 300
_HOSTS = ("https://github.com/", "https://gitlab.com/", "https://bitbucket.org/")


class NotFetched(Exception):
    """DOWNLOAD_SOURCE fails; the text says why."""


@dataclass(frozen=True)
class Fetched:
    """What was fetched: the resolved version (a commit, or empty)."""

    version: str = ""


def fetch(account: str, region: str, source: dict[str, Any], version: str, folder: Path) -> Fetched:
    """Put the files of a project's source, in `version` where it has any, into the new `folder`. Raises NotFetched."""
    kind, location = source["type"], source.get("location", "")
    folder.mkdir(parents=True)
    if kind == "NO_SOURCE":
        return Fetched()
    if kind == "S3":
        bucket, _, key = location.partition("/")
        unpack(read_object(account, region, bucket, key), folder)
        return Fetched()
    return clone(_full_id(location), version, folder)


def from_pipeline(account: str, region: str, bucket: str, key: str, folder: Path) -> Fetched:
    """Put an input artifact of a pipeline into the new `folder`: its files, or for a reference to a commit a full clone.

    CodePipeline's OutputArtifactFormat CODEBUILD_CLONE_REF hands on such a reference, a JSON document in place of files.
    """
    folder.mkdir(parents=True)
    body = read_object(account, region, bucket, key)
    if body[:1] == b"{":
        reference = json.loads(body)
        return clone(reference["FullRepositoryId"], reference["CommitId"], folder, branch=reference["BranchName"])
    unpack(body, folder)
    return Fetched()


def clone(full_id: str, version: str, folder: Path, *, branch: str = "") -> Fetched:
    """A full clone whose `origin` is the repository itself, so that a build can push. `version`: branch, tag or commit."""
    found = connections.repository(full_id)
    if found is None:
        raise NotFetched(f"no repository on this machine stands for {full_id}")
    try:
        git("clone", "--quiet", "--no-hardlinks", *(["--branch", branch] if branch else []), str(found), str(folder))
        if version:
            wanted = f"origin/{version.removeprefix('refs/heads/')}" if version.startswith("refs/heads/") else version
            git("-C", str(folder), "checkout", "--quiet", "--detach", wanted)
        return Fetched(git("-C", str(folder), "rev-parse", "HEAD").strip())
    except subprocess.CalledProcessError as error:
        raise NotFetched(error.stderr.strip()) from error


def git(*arguments: str) -> str:
    """What git says. Raises CalledProcessError. The user's own configuration does not count."""
    environ = {"PATH": os.environ.get("PATH", os.defpath), "HOME": "/nonexistent", "GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0"}
    safe = ["-c", "safe.directory=*", "-c", "advice.detachedHead=false"]
    done = subprocess.run(["git", *safe, *arguments], env=environ, capture_output=True, text=True, timeout=_GIT_SECONDS, check=True)
    return done.stdout


def read_object(account: str, region: str, bucket: str, key: str) -> bytes:
    """An object's bytes. Raises NotFetched."""
    from botocore.exceptions import ClientError

    try:
        body: bytes = inside.client(account, region, "s3").get_object(Bucket=bucket, Key=key)["Body"].read()
    except ClientError as error:
        raise NotFetched(f"s3://{bucket}/{key}: {error}") from error
    return body


def unpack(body: bytes, folder: Path) -> None:
    """Unpack a ZIP archive: files with their permissions, and links. Raises NotFetched for anything else, and for paths that leave."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            for entry in archive.infolist():
                _unpack_one(archive, entry, folder)
    except zipfile.BadZipFile as error:
        raise NotFetched(f"not a ZIP archive: {error}") from error


def _unpack_one(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, folder: Path) -> None:
    target, mode = folder / entry.filename, entry.external_attr >> 16
    if Path(entry.filename).is_absolute() or ".." in Path(entry.filename).parts:
        raise NotFetched(f"{entry.filename} is outside the archive")
    if entry.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    if stat.S_ISLNK(mode):
        target.symlink_to(archive.read(entry).decode())
        return
    with archive.open(entry) as source, target.open("wb") as sink:
        shutil.copyfileobj(source, sink)
    if mode:
        target.chmod(mode & 0o777)


def _full_id(location: str) -> str:
    """`owner/name` of a repository's address, or of the connection's own form of it."""
    for host in _HOSTS:
        location = location.removeprefix(host)
    return location.removesuffix(".git").strip("/")
