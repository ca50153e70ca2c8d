"""What a build leaves: files by the buildspec's patterns, as one ZIP archive or file by file, in S3."""

from __future__ import annotations

import fnmatch
import hashlib
import io
import os
import re
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from slipway.localaws import inside
from slipway.localaws.codebuild.buildspec import ArtifactSpec


class NotUploaded(Exception):
    """UPLOAD_ARTIFACTS fails; the text says why."""


def collect(spec: ArtifactSpec, source: Path) -> list[tuple[str, Path]]:
    """Name in the artifact and file, in the order of the names. Raises NotUploaded when a pattern matches nothing.

    Patterns are CodeBuild's: a file, `folder/*` (its files), `folder/**/*` (all below it). `base-directory` may have a pattern too.
    """
    base = _base(spec, source)
    found: dict[str, Path] = {}
    for pattern in spec.files:
        matches = [file for file in _matches(base, pattern) if not _excluded(file.relative_to(base).as_posix(), spec.exclude)]
        if not matches:
            raise NotUploaded(f"no matching artifact paths found: {pattern}")
        for file in matches:
            found[file.name if spec.flat else file.relative_to(base).as_posix()] = file
    return sorted(found.items())


def pack(files: list[tuple[str, Path]]) -> bytes:
    """A ZIP archive with permissions and links; the same files give the same bytes."""
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, file in files:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            link = file.is_symlink()
            mode = stat.S_IFLNK | 0o777 if link else stat.S_IFREG | (file.stat().st_mode & 0o777)
            info.external_attr, info.compress_type = mode << 16, zipfile.ZIP_DEFLATED
            archive.writestr(info, str(file.readlink()).encode() if link else file.read_bytes())
    return whole.getvalue()


def upload(account: str, region: str, bucket: str, key: str, body: bytes, kms_key: str = "") -> dict[str, Any]:
    """Write an object and describe it as DescribeBuilds does. Raises NotUploaded."""
    try:
        inside.put_object(account, region, f"s3://{bucket}/{key}", body, "application/zip", kms_key)
    except inside.NotWritten as error:
        raise NotUploaded(str(error)) from error
    return {"location": f"arn:aws:s3:::{bucket}/{key}", "sha256sum": hashlib.sha256(body).hexdigest(), "md5sum": ""}


def upload_project(account: str, region: str, settings: dict[str, Any], spec: ArtifactSpec, source: Path, build: str) -> dict[str, Any]:
    """Upload as the project's artifact settings of type S3 say: path, namespace, name and packaging."""
    files = collect(spec, source)
    name = spec.name if settings.get("overrideArtifactName") and spec.name else settings.get("name") or ""
    parts = [settings.get("path", "").strip("/"), build if settings.get("namespaceType") == "BUILD_ID" else "", name.strip("/")]
    prefix = "/".join(part for part in parts if part)
    bucket = settings["location"].removeprefix("arn:aws:s3:::")
    if settings.get("packaging") == "ZIP":
        return upload(account, region, bucket, prefix or f"{build}.zip", pack(files))
    for relative, file in files:
        upload(account, region, bucket, f"{prefix}/{relative}".lstrip("/"), file.read_bytes())
    return {"location": f"arn:aws:s3:::{bucket}/{prefix}", "sha256sum": "", "md5sum": ""}


def _base(spec: ArtifactSpec, source: Path) -> Path:
    folders = sorted(folder for folder in source.glob(spec.base) if folder.is_dir()) if spec.base != "." else [source]
    if not folders:
        raise NotUploaded(f"no matching base directory path found for {spec.base}")
    return folders[0]


def _matches(base: Path, pattern: str) -> Iterator[Path]:
    """Files below `base` that a pattern means. Folders that are links (caches) are not followed."""
    literal = base / pattern
    if not re.search(r"[*?\[]", pattern):
        yield from [literal] if literal.is_file() else _below(literal) if literal.is_dir() else []
        return
    for file in _below(base):
        if _fits(file.relative_to(base).as_posix(), pattern):
            yield file


def _below(folder: Path) -> Iterator[Path]:
    for path, _, files in os.walk(folder):
        yield from (Path(path) / name for name in files)


def _fits(name: str, pattern: str) -> bool:
    expression = re.escape(pattern.removeprefix("./"))
    for escaped, meaning in (("\\*\\*/", "(?:.*/)?"), ("\\*\\*", ".*"), ("\\*", "[^/]*"), ("\\?", "[^/]")):
        expression = expression.replace(escaped, meaning)
    return re.fullmatch(expression, name) is not None


def _excluded(name: str, patterns: tuple[str, ...]) -> bool:
    return any(_fits(name, pattern) or fnmatch.fnmatch(name, pattern) for pattern in patterns)
