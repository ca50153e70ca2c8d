"""The process environment for `terraform` and for `cdktf`, with the provider source settled."""

from __future__ import annotations

import json
import os
import threading
from pathlib import Path

from slipway.terraform.find import find_terraform
from slipway.terraform.mirror import ADDRESS, ProviderSource, cli_config, find_source


def environment(root: Path, *, need_provider: bool = True) -> dict[str, str]:
    """Variables for a `terraform` or `cdktf` process of the project at `root`.

    Terraform never calls home, never asks, and finds the AWS provider (SlipwayError when it is nowhere).
    `need_provider=False` skips that search, for stacks without providers.
    """
    environ = {**_garbage_collection(), **os.environ, "CHECKPOINT_DISABLE": "1", "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}
    for name in ("TF_CLI_CONFIG_FILE", "TERRAFORM_CONFIG"):
        if name in environ and not Path(environ[name]).is_file():
            del environ[name]
    if need_provider:
        environ.update(_provider_variables(root, find_source(os.environ, Path.home(), Path.cwd())))
    return environ


def _garbage_collection() -> dict[str, str]:
    """How often Go collects, unless the user has set it: rarely, but always near 3 GiB.

    Most of a start of the AWS provider is collecting the garbage of its schemas. Measured with 5.100, a plan of 43 resources:
    6.0 s of CPU instead of 9.6 with Go's default and 7.2 at 200; the provider takes 0.62 GB instead of 0.49, terraform 0.39
    instead of 0.22. Less collecting takes longer: fresh memory has its price (10 s with GOGC=off).
    """
    return {} if {"GOGC", "GOMEMLIMIT"} & os.environ.keys() else {"GOGC": "400", "GOMEMLIMIT": "3GiB"}


def cdktf_environment(root: Path) -> dict[str, str]:
    """`environment` plus what the cdktf CLI reads: the binary by name and no calls home."""
    binary = find_terraform(root)
    return {**environment(root), "TERRAFORM_BINARY_NAME": str(binary), "DISABLE_VERSION_CHECK": "1"}


def _provider_variables(root: Path, source: ProviderSource) -> dict[str, str]:
    if source.kind == "registry":
        return _cache_variables(root)
    variables = {}
    if source.folder is not None:
        # `terraform providers lock`, which cdktf runs, ignores the CLI configuration.
        variables["TF_CLI_ARGS_providers_lock"] = f"-fs-mirror={source.folder}"
    if source.kind == "mirror":
        variables["TF_CLI_CONFIG_FILE"] = str(_write_config(root, source))
    return variables


def _cache_variables(root: Path) -> dict[str, str]:
    """The provider weighs 700 MB unpacked: keep one copy per project unless the user has a cache already."""
    config = cli_config(os.environ, Path.home())
    if os.environ.get("TF_PLUGIN_CACHE_DIR") or (config is not None and "plugin_cache_dir" in config.read_text(errors="replace")):
        return {}
    cache = root / ".tools" / "terraform" / "plugin-cache"
    cache.mkdir(parents=True, exist_ok=True)
    return {"TF_PLUGIN_CACHE_DIR": str(cache.resolve())}


def _write_config(root: Path, source: ProviderSource) -> Path:
    """The user's own CLI configuration plus the mirror, in `.slipway/`."""
    own = cli_config(os.environ, Path.home())
    target = (root / ".slipway" / "terraform.tfrc").resolve()
    before = own.read_text(encoding="utf-8") if own is not None and own.resolve() != target else ""
    if "provider_installation" in before:
        before = ""  # An explicitly named mirror replaces it; Terraform allows one such block only.
    folder, address = json.dumps(str(source.folder)), json.dumps(ADDRESS)
    text = (
        f"{before.rstrip()}\nprovider_installation {{\n"
        f"  filesystem_mirror {{\n    path    = {folder}\n    include = [{address}]\n  }}\n"
        f"  direct {{\n    exclude = [{address}]\n  }}\n}}\n"
    ).lstrip()
    if not target.is_file() or target.read_text(encoding="utf-8") != text:
        target.parent.mkdir(parents=True, exist_ok=True)
        scratch = target.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
        scratch.write_text(text, encoding="utf-8")
        scratch.replace(target)
    return target
