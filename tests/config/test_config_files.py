"""Files that are no configuration at all: refused in one line, never with a traceback."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.config.support import HEADER, Slipway, project, snapshot

BOMB = "a: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(f"b{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]\n" for i in range(1, 12))
CHAIN = "a: &a0 [x]\n" + "".join(f"b{i}: &a{i} [*a{i - 1}]\n" for i in range(1, 200))

UNREADABLE = {
    "empty": (b"", "1:1 the file is empty"),
    "comments": (b"# nothing\n", "the file is empty"),
    "binary": (bytes(range(256)), "2:118 not UTF-8 text (byte 0x80)"),
    "random": (b"\xde\xad\xbe\xef" * 1000, "1:3 not UTF-8 text (byte 0xbe)"),
    "zip": (b"PK\x03\x04\x14\x00", "not valid YAML: special characters are not allowed"),
    "latin-1": ('account_id: "1"\nproject: caf\xe9\n'.encode("latin-1"), "2:13 not UTF-8 text (byte 0xe9)"),
    "utf-16": ("account_id: x".encode("utf-16"), "1:1 not UTF-8 text"),
    "nul": (b"account_id: \x00\n", "1:13 not valid YAML"),
    "huge": (b"# " + b"x" * 2**20, "larger than 1024 KiB"),
    "huge scalar": (b"project: " + b"x" * 900_000, "project: must have at most 40 characters"),
    "scalar": (b"just text\n", "the file must hold a map of options"),
    "deep": (b"a: " + b"[" * 100_000, "nested deeper than 32 levels"),
    "deep maps": (b"a: " + b"{a: " * 1000, "nested deeper than 32 levels"),
    "laughs": (BOMB.encode(), "more than 100000 values once aliases are expanded"),
    "chain": (CHAIN.encode(), "nested deeper than 32 levels once aliases are expanded"),
    "many keys": ("".join(f"k{i}: 1\n" for i in range(2000)).encode(), "k0: unknown option"),
    "long number": (b"project: " + b"9" * 5000, "project: number of more than 18 digits"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_unreadable_file(name: str, tmp_path: Path, slipway: Slipway) -> None:
    content, reason = UNREADABLE[name]
    root = project(tmp_path, broken=content)
    before = snapshot(root)
    done = slipway(root, "validate", "broken")
    assert done.code == 2
    assert reason in done.err
    assert "Traceback" not in done.err
    assert done.out == ""
    assert snapshot(root) == before


def test_the_defaults_are_checked_as_well(tmp_path: Path, slipway: Slipway) -> None:
    root = project(tmp_path, dev=HEADER)
    (root / "environments" / "_defaults.yaml").write_bytes(b"\xff")
    done = slipway(root, "validate", "dev")
    assert done.code == 2
    assert "environments/_defaults.yaml:1:1 not UTF-8 text" in done.err


def test_both_files_are_reported_in_one_run(tmp_path: Path, slipway: Slipway) -> None:
    root = project(tmp_path, dev="\t")
    (root / "environments" / "_defaults.yaml").write_text("")
    done = slipway(root, "validate", "dev")
    assert "environments/_defaults.yaml:1:1 the file is empty" in done.err
    assert "environments/dev.yaml:1:1 tab character" in done.err


def test_unreadable_for_the_user(tmp_path: Path, slipway: Slipway) -> None:
    root = project(tmp_path)
    (root / "environments" / "dev.yaml").mkdir()
    assert "environments/dev.yaml:1:1 not a regular file" in slipway(root, "validate", "dev").err
    (root / "environments" / "gone.yaml").symlink_to("nowhere")
    assert "environments/gone.yaml:1:1 not a regular file" in slipway(root, "validate", "gone").err
    os.mkfifo(root / "environments" / "pipe.yaml")
    assert "environments/pipe.yaml:1:1 not a regular file" in slipway(root, "validate", "pipe").err


@pytest.mark.parametrize("name", ["prd", "../prod", "", "prod.lock", "_defaults", "/etc/passwd", "PROD", "ünï", "a" * 5000])
def test_unknown_environment_names_the_known_ones(name: str, tmp_path: Path, slipway: Slipway) -> None:
    root = project(tmp_path, prod=HEADER, staging=HEADER)
    (root / "environments" / "prod.lock.yaml").write_text("version: 1\nmodels: {}\n")
    done = slipway(root, "validate", "--", name)
    assert done.code == 2
    assert "known environments: prod, staging" in done.err
    assert "Traceback" not in done.err


def test_a_near_name_is_suggested(tmp_path: Path, slipway: Slipway) -> None:
    done = slipway(project(tmp_path, prod=HEADER), "validate", "prd")
    assert "no environment 'prd'; did you mean prod?" in done.err


@pytest.mark.parametrize("name", ["Prod", "prod_eu", "2nd", "a" * 21, "-x"])
def test_a_file_name_that_is_no_environment_name(name: str, tmp_path: Path, slipway: Slipway) -> None:
    done = slipway(project(tmp_path, **{name: HEADER}), "validate")
    assert done.code == 2
    assert "an environment's name has at most 20 lower-case letters" in done.err


def test_a_project_without_environments(tmp_path: Path, slipway: Slipway) -> None:
    done = slipway(project(tmp_path), "validate")
    assert done.code == 2
    assert "no environment file in" in done.err


def test_byte_order_mark_and_windows_line_ends_are_fine(tmp_path: Path, slipway: Slipway) -> None:
    text = "\ufeff" + (HEADER + "tags: { owner: me }\n").replace("\n", "\r\n")
    assert slipway(project(tmp_path, dev=text), "validate", "dev").code == 0
