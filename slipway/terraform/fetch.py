"""Fetches the pinned Terraform release into the project. Nothing unverified is ever unpacked."""

from __future__ import annotations

import hashlib
import io
import os
import platform
import sys
import tempfile
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

from slipway.errors import SlipwayError

RELEASES_VARIABLE = "SLIPWAY_TERRAFORM_RELEASES"
_RELEASES = "https://releases.hashicorp.com/terraform"
_SHA256 = {
    # From HashiCorp's terraform_1.11.4_SHA256SUMS; each value was compared with several independent packagings of that release.
    ("1.11.4", "linux_amd64"): "1ce994251c00281d6845f0f268637ba50c0005657eb3cf096b92f753b42ef4dc",
    ("1.11.4", "linux_arm64"): "a43d1d0da9b9bab214a8305a39db0e40869572594ccf50c416a7756499143633",
    ("1.11.4", "darwin_amd64"): "a56d5002b9f7647291faccc3dd1a70350e60fb61e4c45037629508b8fdc2575b",
    ("1.11.4", "darwin_arm64"): "867e0808fa971217043e25b7a792b10720c79b1546f8a68479b74f138be73e18",
}


def platform_name() -> str:
    """Terraform's name of this platform, such as `linux_amd64`."""
    machine = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}.get(
        platform.machine().lower(), platform.machine()
    )
    return f"{'darwin' if sys.platform == 'darwin' else sys.platform}_{machine}"


def fetch_terraform(target: Path, version: str, *, found: str) -> Path:
    """Download release `version`, check its SHA-256 and put the binary at `target` (mode 0755).

    `found` says why it is needed. `SLIPWAY_TERRAFORM_RELEASES` may name a mirror of releases.hashicorp.com/terraform;
    the checksum is checked all the same. SlipwayError when it cannot be had or does not match.
    """
    where = platform_name()
    expected = _SHA256.get((version, where))
    if expected is None:
        raise SlipwayError(f"no pinned Terraform for {where} ({found})", fix="Install Terraform 1.10 or newer and put it on PATH.")
    base = os.environ.get(RELEASES_VARIABLE, _RELEASES).rstrip("/")
    url = f"{base}/{version}/terraform_{version}_{where}.zip"
    archive = _download(url, found)
    actual = hashlib.sha256(archive).hexdigest()
    if actual != expected:
        raise SlipwayError(
            f"{url} has SHA-256 {actual}, expected {expected}; nothing was unpacked",
            fix="Do not use that download; try again from another network or install Terraform yourself.",
        )
    return _unpack(archive, target)


def _download(url: str, found: str) -> bytes:
    try:
        with urllib.request.urlopen(url, timeout=60) as response:  # noqa: S310 - the checksum decides, not the address
            return bytes(response.read())
    except (urllib.error.URLError, OSError, ValueError) as error:
        raise SlipwayError(
            f"Terraform is needed ({found}) and {url} cannot be fetched: {getattr(error, 'reason', error)}",
            fix="Put Terraform 1.10 or newer on PATH, or set SLIPWAY_TERRAFORM to its path.",
        ) from error


def _unpack(archive: bytes, target: Path) -> Path:
    """Write the one member `terraform`; the rename makes a half-written binary impossible."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(io.BytesIO(archive)) as bundle, tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as scratch:
        scratch.write(bundle.read("terraform"))
    part = Path(scratch.name)
    part.chmod(0o755)
    part.replace(target)
    return target
