"""Files that a command writes: checked before the work begins, whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from slipway.cli.files import check_folder, write_file
from slipway.errors import InputError
from tests.cli.support import Slipway, process


@pytest.mark.parametrize("arguments", ["plan dev --local --markdown", "scan dev --output"])
@pytest.mark.parametrize(
    ("path", "says"), [("nowhere/page", "there is no folder"), (".", "is a folder"), ("file/page", "there is no folder")]
)
def test_a_bad_output_file_is_refused_at_once(slipway: Slipway, root: Path, arguments: str, path: str, says: str) -> None:
    (root / "file").touch()
    done = slipway(*arguments.split(), str(root / path))
    assert (done.code, done.out) == (2, "")
    assert says in done.err and done.err.count("error: ") == 1
    assert not (root / "cdktf.out").exists()


@pytest.mark.parametrize("arguments", ["synth dev --out", "local up --persist"])
def test_a_bad_output_folder_is_refused_at_once(slipway: Slipway, root: Path, arguments: str) -> None:
    (root / "file").touch()
    done = slipway(*arguments.split(), str(root / "file" / "below"))
    assert (done.code, done.out) == (2, "")
    assert f"{root / 'file'} is not a folder" in done.err
    assert not (root / ".slipway").exists()


def test_a_folder_need_not_exist_and_is_not_made(tmp_path: Path) -> None:
    check_folder("--out", tmp_path / "a" / "b")
    assert not (tmp_path / "a").exists()


def test_a_file_is_replaced_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    write_file("--markdown", page, "old\n")
    write_file("--markdown", page, "new\n")
    assert page.read_text() == "new\n"

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(InputError, match="--markdown .*page.md: No space left on device"):
        write_file("--markdown", page, "newer\n")
    assert page.read_text() == "new\n"
    assert [file.name for file in tmp_path.iterdir()] == ["page.md"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "page.md").touch()
    link = tmp_path / "link"
    link.symlink_to("page.md")
    write_file("--markdown", link, "text\n")
    assert link.is_symlink()
    assert (tmp_path / "page.md").read_text() == "text\n"


def test_a_device_is_written_and_not_replaced(tmp_path: Path) -> None:
    write_file("--markdown", Path(os.devnull), "text\n")
    assert stat.S_ISCHR(Path(os.devnull).stat().st_mode)


def test_a_report_goes_to_a_file(root: Path) -> None:
    done = process("scan", "dev", "--output", root / "report.txt")
    assert done.returncode == 0, done.stderr
    assert (root / "report.txt").read_text() == done.stdout
    assert done.stdout.rstrip().endswith("passed")
