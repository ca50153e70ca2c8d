"""What the tests of uploads, releases and promotions share."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from slipway.artifacts.account import Account
from slipway.artifacts.image_archive import open_image_archive
from slipway.artifacts.image_push import push
from slipway.artifacts.release import release


class Recorder:
    """A reporter that keeps what it is told."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def step(self, scope: str, text: str) -> None:
        self.lines.append(f"{scope}: {text}")

    info = waiting = step


def lock_text(root: Path, environment: str = "dev") -> str | None:
    path = root / "environments" / f"{environment}.lock.yaml"
    return path.read_text() if path.exists() else None


def run(account: Account, root: Path, folder: Path, archive: Path, name: str = "wine", **changes: Any) -> Any:
    return release(account, root, [name], **{"source": folder, "image": str(archive), **changes})


def drop_artifacts(dev: Account, **_: Any) -> None:
    for item in dev.client("s3").list_objects_v2(Bucket=dev.models_bucket)["Contents"]:
        dev.client("s3").delete_object(Bucket=dev.models_bucket, Key=item["Key"])


def pushed(account: Account, archive: Path, tag: str = "build-1", reporter: Recorder | None = None) -> Any:
    with open_image_archive(archive) as saved:
        return push(account, account.repository("inference"), saved.manifest, saved.blobs, tag=tag, reporter=reporter)
