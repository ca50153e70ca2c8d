"""Where the AWS provider comes from: the user's own settings, the registry, or a mirror folder on this machine."""

from __future__ import annotations

import re
import shlex
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from slipway.errors import SlipwayError
from slipway.terraform.fetch import platform_name

VARIABLE = "SLIPWAY_PROVIDER_MIRROR"
ADDRESS = "registry.terraform.io/hashicorp/aws"
_DISCOVERY = "https://registry.terraform.io/.well-known/terraform.json"
_PROBE_SECONDS = 3
_USUAL_FOLDERS = ("/opt", "/usr/lib", "/usr/local/lib", "/srv")


@dataclass(frozen=True)
class ProviderSource:
    """The source in use: `settings` (the user's own, left alone), `registry`, or `mirror` with its folder."""

    kind: str
    folder: Path | None = None


def holds_provider(folder: Path) -> bool:
    """True when `folder` is a filesystem mirror with the AWS provider for this platform, packed or unpacked."""
    base, where = folder / ADDRESS, platform_name()
    return any(base.glob(f"*/{where}")) or any(base.glob(f"terraform-provider-aws_*_{where}.zip"))


def find_source(environ: Mapping[str, str], home: Path, working: Path) -> ProviderSource:
    """Choose the source, most explicit first; SlipwayError naming everything that was tried when there is none.

    1. `SLIPWAY_PROVIDER_MIRROR`, `-plugin-dir` of `TF_CLI_ARGS_init`, a CLI config with `provider_installation`;
    2. the registry, when it answers; 3. `TF_PLUGIN_CACHE_DIR`, Terraform's implied folders, and `*` one level below
    /opt, /usr/lib, /usr/local/lib and /srv.
    """
    named = environ.get(VARIABLE)
    if named:
        return _explicit(Path(named).expanduser())
    plugin_dir = plugin_dir_argument(environ.get("TF_CLI_ARGS_init", ""))
    if plugin_dir is not None and holds_provider(plugin_dir):
        return ProviderSource("mirror", plugin_dir)
    config = cli_config(environ, home)
    if config is not None and "provider_installation" in _text(config):
        return _from_config(config)
    if registry_reachable():
        return ProviderSource("registry")
    tried = list(_implied(environ, home, working))
    for folder in tried:
        if holds_provider(folder):
            return ProviderSource("mirror", folder)
    raise SlipwayError(
        f"the Terraform registry cannot be reached and no provider mirror for {platform_name()} was found in "
        + ", ".join(str(folder) for folder in tried),
        fix=f"Connect to registry.terraform.io, or set {VARIABLE} to a folder that holds {ADDRESS} (made by `terraform providers mirror`).",
    )


def _explicit(folder: Path) -> ProviderSource:
    if holds_provider(folder):
        return ProviderSource("mirror", folder.resolve())
    raise SlipwayError(f"{VARIABLE} names {folder}, which holds no {ADDRESS} for {platform_name()}", fix=f"Correct or unset {VARIABLE}.")


def _from_config(config: Path) -> ProviderSource:
    """A mirror named in the user's CLI config is reported, so that `providers lock` can use it too."""
    match = re.search(r'filesystem_mirror\s*\{[^}]*?path\s*=\s*"([^"]+)"', _text(config))
    folder = Path(match[1]).expanduser() if match else None
    return ProviderSource("settings", folder if folder is not None and holds_provider(folder) else None)


def plugin_dir_argument(arguments: str) -> Path | None:
    """The folder of `-plugin-dir=DIR` or `-plugin-dir DIR` among `terraform init` arguments."""
    words = shlex.split(arguments)
    for position, word in enumerate(words):
        name, _, value = word.lstrip("-").partition("=")
        if name == "plugin-dir":
            return Path(value or next(iter(words[position + 1 :]), ""))
    return None


def cli_config(environ: Mapping[str, str], home: Path) -> Path | None:
    """The CLI configuration that Terraform would read; a `TF_CLI_CONFIG_FILE` that is not there counts as unset."""
    named = environ.get("TF_CLI_CONFIG_FILE") or environ.get("TERRAFORM_CONFIG")
    candidates = [Path(named)] if named else []
    return next((path for path in (*candidates, home / ".terraformrc") if path.is_file()), None)


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def _implied(environ: Mapping[str, str], home: Path, working: Path) -> Iterator[Path]:
    if environ.get("TF_PLUGIN_CACHE_DIR"):
        yield Path(environ["TF_PLUGIN_CACHE_DIR"])
    yield working / "terraform.d" / "plugins"
    yield home / ".terraform.d" / "plugins"
    data = [environ.get("XDG_DATA_HOME") or str(home / ".local" / "share")]
    data += (environ.get("XDG_DATA_DIRS") or "/usr/local/share:/usr/share").split(":")
    yield from (Path(folder) / "terraform" / "plugins" for folder in data if folder)
    for parent in _USUAL_FOLDERS:
        found = sorted(path.parents[2] for path in Path(parent).glob(f"*/{ADDRESS}"))
        yield from found or [Path(parent) / "*"]


@cache
def registry_reachable() -> bool:
    """Whether registry.terraform.io answers within 3 seconds; asked once per process, proxies respected."""
    try:
        with urllib.request.urlopen(_DISCOVERY, timeout=_PROBE_SECONDS) as response:
            return b"providers.v1" in response.read(4096)
    except (urllib.error.URLError, OSError, ValueError):
        return False
