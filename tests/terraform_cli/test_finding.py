"""Which terraform runs, and where the provider comes from."""

from __future__ import annotations

import hashlib
import io
import os
import zipfile
from pathlib import Path

import pytest

from slipway.errors import InputError, SlipwayError
from slipway.terraform import fetch, find, mirror
from slipway.terraform.environment import environment

_PROVIDER = f"{mirror.ADDRESS}/6.0.0/{fetch.platform_name()}"


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither registry nor any of the usual folders."""
    monkeypatch.setattr(mirror, "registry_reachable", lambda: False)
    monkeypatch.setattr(mirror, "_USUAL_FOLDERS", ())


def binary(folder: Path, version: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "terraform"
    path.write_text(f'#!/bin/sh\necho \'{{"terraform_version": "{version}"}}\'\n')
    path.chmod(0o755)
    return path


def mirror_in(folder: Path) -> Path:
    (folder / _PROVIDER).mkdir(parents=True)
    return folder


def release(folder: Path, content: bytes) -> str:
    """A release server's file; returns its SHA-256."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as bundle:
        bundle.writestr("LICENSE.txt", "no")
        bundle.writestr("terraform", content)
    target = folder / find.PINNED / f"terraform_{find.PINNED}_{fetch.platform_name()}.zip"
    target.parent.mkdir(parents=True)
    target.write_bytes(archive.getvalue())
    return hashlib.sha256(archive.getvalue()).hexdigest()


def test_variable_wins_and_must_work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good, old = binary(tmp_path / "new", "1.13.0"), binary(tmp_path / "old", "1.9.8")
    monkeypatch.setenv(find.VARIABLE, str(good))
    assert find.find_terraform(tmp_path) == good
    monkeypatch.setenv(find.VARIABLE, str(old))
    with pytest.raises(InputError, match=r"Terraform 1\.9\.8"):
        find.find_terraform(tmp_path)
    monkeypatch.setenv(find.VARIABLE, str(tmp_path / "none"))
    with pytest.raises(InputError, match="not a file"):
        find.find_terraform(tmp_path)


def test_path_then_project_then_download(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(find.VARIABLE, raising=False)
    monkeypatch.setenv("PATH", f"{binary(tmp_path / 'bin', '1.11.0').parent}:/bin:/usr/bin")
    assert find.find_terraform(tmp_path) == tmp_path / "bin" / "terraform"
    binary(tmp_path / "bin2", "0.15.0")
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin2'}:/bin:/usr/bin")
    monkeypatch.setenv(fetch.RELEASES_VARIABLE, "http://127.0.0.1:9")
    with pytest.raises(SlipwayError, match=r"bin2/terraform is version 0\.15\.0.* cannot be fetched"):
        find.find_terraform(tmp_path)
    own = binary(tmp_path / ".tools" / "terraform" / find.PINNED, find.PINNED)
    assert find.find_terraform(tmp_path) == own


def test_download_is_checked_before_it_is_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = release(tmp_path / "releases", b"#!/bin/sh\n")
    monkeypatch.setenv(fetch.RELEASES_VARIABLE, (tmp_path / "releases").as_uri())
    target = tmp_path / "tools" / "terraform"
    with pytest.raises(SlipwayError, match="nothing was unpacked"):
        fetch.fetch_terraform(target, find.PINNED, found="test")
    assert not target.parent.exists()
    monkeypatch.setitem(fetch._SHA256, (find.PINNED, fetch.platform_name()), digest)
    assert fetch.fetch_terraform(target, find.PINNED, found="test").read_bytes() == b"#!/bin/sh\n"
    assert os.access(target, os.X_OK) and [path.name for path in target.parent.iterdir()] == ["terraform"]


def test_unknown_platform_is_told(tmp_path: Path) -> None:
    with pytest.raises(SlipwayError, match="no pinned Terraform for"):
        fetch.fetch_terraform(tmp_path / "terraform", "0.0.0", found="test")


@pytest.mark.parametrize("kind", ["unpacked", "packed"])
def test_both_mirror_layouts_count(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / mirror.ADDRESS
    folder.mkdir(parents=True)
    assert not mirror.holds_provider(tmp_path)
    if kind == "packed":
        (folder / f"terraform-provider-aws_6.0.0_{fetch.platform_name()}.zip").touch()
    else:
        (tmp_path / _PROVIDER).mkdir(parents=True)
    assert mirror.holds_provider(tmp_path)
    (tmp_path / "other" / mirror.ADDRESS / "6.0.0" / "plan9_mips").mkdir(parents=True)
    assert not mirror.holds_provider(tmp_path / "other")


@pytest.mark.usefixtures("offline")
@pytest.mark.parametrize(
    "where",
    ["variable", "plugin-dir", "plugin-dir2", "cache", "working", "home", "data-home", "data-dirs", "usual", "config", "terraformrc"],
)
def test_every_standard_place_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str) -> None:
    home, working, environ = tmp_path / "home", tmp_path / "work", {"PATH": ""}
    place = {"working": working / "terraform.d" / "plugins", "home": home / ".terraform.d" / "plugins"}.get(where, tmp_path / "m" / "one")
    if where in ("data-home", "data-dirs"):
        place = tmp_path / "m" / "terraform" / "plugins"
    mirror_in(place)
    home.mkdir(exist_ok=True)
    block = f'provider_installation {{\n  filesystem_mirror {{\n    path = "{place}"\n  }}\n}}\n'
    (tmp_path / "tfrc").write_text(block)
    if where == "terraformrc":
        (home / ".terraformrc").write_text(block)
    environ |= {
        "variable": {mirror.VARIABLE: str(place)},
        "plugin-dir": {"TF_CLI_ARGS_init": f"-upgrade=false -plugin-dir={place}"},
        "plugin-dir2": {"TF_CLI_ARGS_init": f"-plugin-dir {place}"},
        "cache": {"TF_PLUGIN_CACHE_DIR": str(place)},
        "data-home": {"XDG_DATA_HOME": str(tmp_path / "m")},
        "data-dirs": {"XDG_DATA_DIRS": f"/nowhere:{tmp_path / 'm'}"},
        "config": {"TF_CLI_CONFIG_FILE": str(tmp_path / "tfrc")},
    }.get(where, {})
    if where == "usual":
        monkeypatch.setattr(mirror, "_USUAL_FOLDERS", (str(tmp_path / "m"),))
    found = mirror.find_source(environ, home, working)
    assert (found.kind, found.folder) == ("settings" if where in ("config", "terraformrc") else "mirror", place)


@pytest.mark.usefixtures("offline")
def test_neither_registry_nor_mirror_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirror, "_USUAL_FOLDERS", (str(tmp_path / "opt"),))
    environ = {"XDG_DATA_DIRS": "/d", "TF_PLUGIN_CACHE_DIR": "/c", "TF_CLI_CONFIG_FILE": "/missing", "TF_CLI_ARGS_init": "-plugin-dir=/p"}
    with pytest.raises(SlipwayError) as caught:
        mirror.find_source(environ, tmp_path, Path("/w"))
    for tried in ("/c", "/w/terraform.d/plugins", "/d/terraform/plugins", str(tmp_path / "opt" / "*"), ".terraform.d/plugins"):
        assert tried in caught.value.message
    assert caught.value.exit_code == 1 and "\n" not in caught.value.message and mirror.VARIABLE in caught.value.fix


def test_an_explicit_mirror_must_hold_the_provider(tmp_path: Path) -> None:
    with pytest.raises(SlipwayError, match="holds no"):
        mirror.find_source({mirror.VARIABLE: str(tmp_path)}, tmp_path, tmp_path)


def test_registry_is_preferred_to_a_found_mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirror, "registry_reachable", lambda: True)
    mirror_in(tmp_path / "terraform.d" / "plugins")
    assert mirror.find_source({}, tmp_path / "home", tmp_path).kind == "registry"


def test_environment_with_a_mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = tmp_path / "own.tfrc"
    own.write_text('credentials "app.terraform.io" {\n  token = "t"\n}\n')
    monkeypatch.setenv(mirror.VARIABLE, str(mirror_in(tmp_path / "m")))
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(own))
    monkeypatch.delenv("GOGC", raising=False)
    monkeypatch.delenv("GOMEMLIMIT", raising=False)
    made = environment(tmp_path)
    text = Path(made["TF_CLI_CONFIG_FILE"]).read_text()
    assert "credentials" in text and f'path    = "{tmp_path / "m"}"' in text
    assert made["TF_CLI_ARGS_providers_lock"] == f"-fs-mirror={tmp_path / 'm'}"
    assert (made["CHECKPOINT_DISABLE"], made["TF_IN_AUTOMATION"], made["TF_INPUT"]) == ("1", "1", "0")
    assert (made["GOGC"], made["GOMEMLIMIT"]) == ("400", "3GiB")
    monkeypatch.setenv("GOGC", "100")
    made = environment(tmp_path)
    assert made["GOGC"] == "100" and "GOMEMLIMIT" not in made


def test_environment_ignores_a_missing_config_and_caches_the_registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (mirror.VARIABLE, "TF_PLUGIN_CACHE_DIR", "TF_CLI_ARGS_init"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TF_CLI_CONFIG_FILE", str(tmp_path / "missing"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(mirror, "registry_reachable", lambda: True)
    made = environment(tmp_path)
    assert "TF_CLI_CONFIG_FILE" not in made and made["TF_PLUGIN_CACHE_DIR"].endswith(".tools/terraform/plugin-cache")
    assert "TF_PLUGIN_CACHE_DIR" not in environment(tmp_path, need_provider=False)


def test_an_unreachable_registry_is_noticed_quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mirror, "_DISCOVERY", "http://127.0.0.1:9/")
    mirror.registry_reachable.cache_clear()
    assert mirror.registry_reachable() is False
    mirror.registry_reachable.cache_clear()
