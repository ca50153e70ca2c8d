"""The code of a Lambda function as one zip file that is the same on every machine and every day.

Members are sorted, dated 1980 and stored uncompressed: what zlib makes of a file differs between its versions, and the hash of the
zip decides whether Terraform sees a change.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import io
import tempfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from modules._shared.provider import cdktf

_DATE = (1980, 1, 1, 0, 0, 0)
_READABLE = 0o100644 << 16


@dataclass(frozen=True)
class FunctionPackage:
    """A zip file in memory."""

    content: bytes

    @property
    def sha256(self) -> str:
        """Hash of the zip in hex."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def source_code_hash(self) -> str:
        """Hash of the zip as Lambda's CodeSha256 and Terraform's `source_code_hash` spell it."""
        return base64.b64encode(hashlib.sha256(self.content).digest()).decode()


def package(folder: Path, files: Mapping[str, bytes] | None = None) -> FunctionPackage:
    """Zip the *.py of `folder` as a Python package of the folder's name, with generated `files` (member name -> content) beside them.

    The handler of `function/handler.py` with a function `handle` is `function.handler.handle`.
    """
    sources = {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.py")}
    return zip_members({f"{folder.name}/{name}": content for name, content in {**sources, **(files or {})}.items()})


def zip_members(members: Mapping[str, bytes]) -> FunctionPackage:
    """Zip exactly these members (name -> content)."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name, content in sorted(members.items()):
            info = zipfile.ZipInfo(name, _DATE)
            info.create_system = 3  # Unix, on every machine
            info.external_attr = _READABLE
            archive.writestr(info, content)
    return FunctionPackage(target.getvalue())


def code(scope: Any, id: str, zipped: FunctionPackage) -> dict[str, str]:
    """`filename` and `source_code_hash` of an `aws_lambda_function`; the synthesis copies the zip beside the stack's document."""
    path = Path(_folder().name) / f"{zipped.sha256}.zip"
    path.write_bytes(zipped.content)
    asset = cdktf.TerraformAsset(scope, id, path=str(path), type=cdktf.AssetType.FILE, asset_hash=zipped.sha256[:32])
    return {"filename": asset.path, "source_code_hash": zipped.source_code_hash}


@functools.lru_cache(maxsize=1)
def _folder() -> tempfile.TemporaryDirectory[str]:
    """Where zips wait for the synthesis; gone when the process ends."""
    return tempfile.TemporaryDirectory(prefix="slipway-functions-")
