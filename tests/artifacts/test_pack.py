"""The same files give the same archive everywhere; what must not be packed is refused."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from slipway.artifacts import framing
from slipway.artifacts.limits import ArchiveRefused, Limits
from slipway.artifacts.pack import pack

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = "1be1bec42c6cda87d35616b7089916208d53f2a85e22549205a10526f3007b01"
LONG = "x" * 90 + "/" + "y" * 90 + ".bin"


def tree(folder: Path, names: list[str] | None = None) -> Path:
    """The tree of the golden hash, written in a given order."""
    files = {"code/inference.py": b"x = 1\n", "weights.bin": bytes(range(256)) * 300, "é/ü.txt": b"umlaut", LONG: b"long", "empty.bin": b""}
    for name in names or list(files):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(files[name])
    (folder / "assets").mkdir(exist_ok=True)
    return folder


def test_the_golden_tree_has_its_golden_hash(tmp_path: Path) -> None:
    archive = pack(tree(tmp_path / "m"), tmp_path / "a.tar.gz")
    assert archive.sha256 == GOLDEN
    assert archive.sha256 == hashlib.sha256(archive.path.read_bytes()).hexdigest()
    assert archive.size == archive.path.stat().st_size


def test_order_times_modes_and_folder_do_not_matter(tmp_path: Path) -> None:
    names = ["weights.bin", LONG, "empty.bin", "é/ü.txt", "code/inference.py"]
    folder = tree(tmp_path / "elsewhere" / "m", names)
    for number, path in enumerate(sorted(folder.rglob("*"))):
        path.chmod(0o700 if number % 2 else 0o777)
        os.utime(path, (number * 1000, number * 1000))
    assert pack(folder, tmp_path / "a.tar.gz").sha256 == GOLDEN


@pytest.mark.parametrize(("mask", "seed"), [(0o000, "0"), (0o077, "1"), (0o027, "random")])
def test_another_process_with_another_umask_hash_seed_locale_and_folder(tmp_path: Path, mask: int, seed: str) -> None:
    folder = tree(tmp_path / "m")
    code = (
        "import os, sys; from pathlib import Path; from slipway.artifacts.pack import pack\n"
        f"os.umask({mask}); print(pack(Path('m'), Path('out/a.tar.gz')).sha256)"
    )
    env = {**os.environ, "PYTHONHASHSEED": seed, "TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"}
    done = subprocess.run([sys.executable, "-c", code], cwd=folder.parent, env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == GOLDEN


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS normalises names itself")
def test_a_name_in_the_macos_spelling_gives_the_same_archive(tmp_path: Path) -> None:
    folder = tree(tmp_path / "m")
    shutil.rmtree(folder / "é")
    (folder / "e\u0301").mkdir()
    (folder / "e\u0301" / "u\u0308.txt").write_bytes(b"umlaut")
    assert pack(folder, tmp_path / "a.tar.gz").sha256 == GOLDEN


def test_caches_and_desk_droppings_stay_out(tmp_path: Path) -> None:
    folder = tree(tmp_path / "m")
    for name in ("__pycache__/a.pyc", ".git/HEAD", ".DS_Store", "code/b.pyc"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("x")
    assert pack(folder, tmp_path / "a.tar.gz").sha256 == GOLDEN


def test_other_programs_read_it(tmp_path: Path) -> None:
    archive = pack(tree(tmp_path / "m"), tmp_path / "a.tar.gz")
    (tmp_path / "tar").mkdir()
    subprocess.run(["tar", "-xzf", archive.path, "-C", tmp_path / "tar"], check=True)
    subprocess.run(["gzip", "-t", archive.path], check=True)
    with tarfile.open(archive.path) as opened:
        opened.extractall(tmp_path / "python", filter="data")
        assert {(m.uid, m.gid, m.uname, m.mtime) for m in opened} == {(0, 0, "", framing.MODIFIED)}
        assert {oct(m.mode) for m in opened} == {"0o644", "0o755"}
    for copy in (tmp_path / "tar", tmp_path / "python"):
        assert _content(copy) == _content(tmp_path / "m")


def test_a_header_of_eight_gigabytes_and_more_is_read_back() -> None:
    size = 9 * 1024**3
    header = framing.tar_header("big.bin", size, directory=False)
    assert len(header) == 3 * framing.BLOCK
    assert f"size={size}".encode() in header
    exactly = framing.tar_header("big.bin", 8 * 1024**3 - 1, directory=False)
    assert tarfile.TarInfo.frombuf(exactly, "utf-8", "strict").size == 8 * 1024**3 - 1


def test_stored_blocks_hold_more_than_one_block_of_data(tmp_path: Path) -> None:
    data = os.urandom(65_535 * 3 + 17)
    with (tmp_path / "x.gz").open("wb") as out:
        stream = framing.StoredGzip(out)
        for at in range(0, len(data), 1000):
            stream.write(data[at : at + 1000])
        digest = stream.close()
    assert gzip.decompress((tmp_path / "x.gz").read_bytes()) == data
    assert digest == hashlib.sha256((tmp_path / "x.gz").read_bytes()).hexdigest()


def test_a_link_to_a_file_inside_is_stored_as_the_file(tmp_path: Path) -> None:
    folder = tree(tmp_path / "m")
    (folder / "weights.bin").rename(folder / "blob")
    (folder / "weights.bin").symlink_to("blob")
    with tarfile.open(pack(folder, tmp_path / "a.tar.gz").path) as opened:
        assert opened.getmember("weights.bin").isreg()
        assert opened.getmember("weights.bin").size == 256 * 300


def _symlink(target: str) -> Callable[[Path], None]:
    return lambda folder: (folder / "bad").symlink_to(target)


def _set_uid(folder: Path) -> None:
    (folder / "bad").write_text("x")
    (folder / "bad").chmod(0o4755)


def _case_clash(folder: Path) -> None:
    (folder / "Weights.bin").write_text("x")


REFUSED: dict[str, tuple[Callable[[Path], object], str]] = {
    "link out": (_symlink("/etc/passwd"), "leads out of the folder"),
    "link up": (_symlink("../../x"), "leads nowhere"),
    "link to a folder": (_symlink("code"), "something other than a file"),
    "link in a circle": (_symlink("bad"), "in a circle"),
    "fifo": (lambda folder: os.mkfifo(folder / "bad"), "device, FIFO or socket"),
    "set-user-id": (_set_uid, "set-user-id"),
    "names that differ in case": (_case_clash, "taken already"),
    "line feed": (lambda folder: (folder / "a\nb").write_text("x"), "control, invisible"),
    "right-to-left mark": (lambda folder: (folder / "a\u202eb").write_text("x"), "control, invisible"),
    "not UTF-8": (lambda folder: Path(os.fsdecode(os.fsencode(folder) + b"/\xff")).write_text("x"), "undecodable"),
    "backslash": (lambda folder: (folder / "a\\b").write_text("x"), "backslash"),
    "drive": (lambda folder: (folder / "C:x").write_text("x"), "absolute"),
    "pickle": (lambda folder: (folder / "model.pkl").write_text("x"), "is a pickle"),
    "broken manifest": (lambda folder: (folder / "slipway.json").write_text("{"), "not JSON"),
    "unknown manifest key": (lambda folder: (folder / "slipway.json").write_text('{"modle": "x"}'), "modle"),
    "model not there": (lambda folder: (folder / "slipway.json").write_text('{"model": "x.onnx"}'), "x.onnx, which is not there"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(tmp_path: Path, case: str) -> None:
    plant, reason = REFUSED[case]
    folder = tree(tmp_path / "m")
    plant(folder)
    with pytest.raises(ArchiveRefused) as refused:
        pack(folder, tmp_path / "out" / "a.tar.gz")
    assert reason in refused.value.message
    assert refused.value.fix
    assert refused.value.exit_code == 2
    assert not list((tmp_path / "out").glob("*")) if (tmp_path / "out").exists() else True


def test_a_pickle_the_manifest_asks_for_is_packed(tmp_path: Path) -> None:
    folder = tree(tmp_path / "m")
    (folder / "model.pkl").write_text("x")
    (folder / "slipway.json").write_text('{"allow_pickle": true}')
    assert pack(folder, tmp_path / "a.tar.gz").size


def test_folders_without_a_model_or_with_code_too_deep(tmp_path: Path) -> None:
    (tmp_path / "m" / "code").mkdir(parents=True)
    (tmp_path / "m" / "code" / "inference.py").write_text("x")
    with pytest.raises(ArchiveRefused, match="no model file"):
        pack(tmp_path / "m", tmp_path / "a.tar.gz")
    (tmp_path / "w" / "m" / "code").mkdir(parents=True)
    (tmp_path / "w" / "m" / "code" / "inference.py").write_text("x")
    with pytest.raises(ArchiveRefused, match="one folder too deep"):
        pack(tmp_path / "w", tmp_path / "a.tar.gz")
    with pytest.raises(ArchiveRefused, match="is not a folder"):
        pack(tmp_path / "nowhere", tmp_path / "a.tar.gz")


def test_limits(tmp_path: Path) -> None:
    folder = tree(tmp_path / "m")
    with pytest.raises(ArchiveRefused, match="entries; at most 3"):
        pack(folder, tmp_path / "a.tar.gz", limits=Limits(max_members=3))
    with pytest.raises(ArchiveRefused, match="larger than 1000 bytes"):
        pack(folder, tmp_path / "a.tar.gz", limits=Limits(max_bytes=1000))


def test_a_file_that_changes_while_it_is_packed(tmp_path: Path) -> None:
    from slipway.artifacts.pack import collect, content

    folder = tree(tmp_path / "m")
    entry = next(entry for entry in collect(folder) if entry.name == "weights.bin")
    with (folder / "weights.bin").open("ab") as out:
        out.write(b"more")
    with pytest.raises(ArchiveRefused, match="changed while"):
        list(content(entry))
    (folder / "weights.bin").unlink()
    (folder / "weights.bin").symlink_to("/etc/passwd")
    with pytest.raises(OSError, match="symbolic links"):
        list(content(entry))


def _content(folder: Path) -> dict[str, bytes | None]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None for path in folder.rglob("*")}
