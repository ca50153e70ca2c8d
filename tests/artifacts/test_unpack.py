"""Rows M1, M2 and M3: nothing shows at the target, or outside it, unless the whole archive is sound."""

from __future__ import annotations

import gzip
import random
import resource
import shutil
import time
from pathlib import Path

import pytest

from slipway.artifacts.inspect import inspect
from slipway.artifacts.limits import DEFAULT_LIMITS, MIB, ArchiveRefused, Limits
from slipway.artifacts.pack import Archive, pack
from slipway.artifacts.unpack import unpack
from tests.artifacts import evil

SEEDS = range(5)


@pytest.fixture
def archive(model: Path, tmp_path: Path) -> Archive:
    return pack(model, tmp_path / "good.tar.gz")


def refuse(
    path: Path, base: Path, *, sha256: str | None = None, limits: Limits = DEFAULT_LIMITS, match: str | None = None
) -> ArchiveRefused:
    """Unpacking raises, and the folder around the target is as empty as before."""
    base.mkdir(exist_ok=True)
    started = time.process_time()
    with pytest.raises(ArchiveRefused, match=match) as refused:
        unpack(path, base / "opt" / "model", sha256=sha256, limits=limits)
    assert time.process_time() - started < 5
    assert not (base / "opt" / "model").exists()
    assert not list(base.rglob("*/*")), "something was left behind"
    return refused.value


def test_a_sound_archive_arrives_whole(archive: Archive, model: Path, tmp_path: Path) -> None:
    target = tmp_path / "opt" / "model"
    unpack(archive.path, target, sha256=archive.sha256)
    assert (target / "weights.bin").read_bytes() == (model / "weights.bin").read_bytes()
    assert {path.stat().st_mode & 0o777 for path in target.rglob("*") if path.is_file()} <= {0o644, 0o640, 0o600}
    with pytest.raises(ArchiveRefused, match="not an empty folder"):
        unpack(archive.path, target)


def test_m1_truncated_at_twenty_offsets(archive: Archive, tmp_path: Path) -> None:
    data = archive.path.read_bytes()
    for compressed in (data, gzip.compress(gzip.decompress(data))):
        for step in range(20):
            cut = tmp_path / "cut.tar.gz"
            cut.write_bytes(compressed[: len(compressed) * step // 20])
            refuse(cut, tmp_path / "base")
            assert inspect(cut).problems


@pytest.mark.parametrize("seed", SEEDS)
def test_m1_flipped_bits(archive: Archive, tmp_path: Path, seed: int) -> None:
    data = archive.path.read_bytes()
    draw = random.Random(seed)
    for _ in range(20):
        position = draw.randrange(10, len(data))
        broken = bytearray(data)
        broken[position] ^= 1 << draw.randrange(8)
        path = tmp_path / "flipped.tar.gz"
        path.write_bytes(broken)
        refuse(path, tmp_path / "base", sha256=archive.sha256, match="sha256 is")
        refuse(path, tmp_path / "base")


def test_m1_wrong_checksum(archive: Archive, tmp_path: Path) -> None:
    refuse(archive.path, tmp_path / "base", sha256="0" * 64, match="sha256 is")


@pytest.mark.parametrize("case", evil.WHOLE)
def test_m1_m2_whole_archives(tmp_path: Path, case: str) -> None:
    build, reason = evil.WHOLE[case]
    path = build(tmp_path / "evil.tar.gz")
    refuse(path, tmp_path / "base", match=reason)
    assert inspect(path).problems


@pytest.mark.parametrize("case", evil.MEMBERS)
@pytest.mark.parametrize("format", [evil.tarfile.PAX_FORMAT, evil.tarfile.GNU_FORMAT], ids=["pax", "gnu"])
def test_m2_members(tmp_path: Path, case: str, format: int) -> None:
    members, reason = evil.MEMBERS[case]
    path = evil.write(tmp_path / "evil.tar.gz", members, format)
    refuse(path, tmp_path / "base", match=reason)
    found = inspect(path)
    assert any(reason in problem for problem in found.problems)
    with pytest.raises(ArchiveRefused) as refused:
        found.require_sound()
    assert all(character.isprintable() for character in refused.value.message)


def test_m2_a_hundred_thousand_entries(tmp_path: Path) -> None:
    path = evil.write(tmp_path / "many.tar.gz", [evil.member(f"f{number}") for number in range(100_000)])
    refuse(path, tmp_path / "base", match="more than 10000 members")


def test_m3_a_bomb_stops_at_the_ratio(tmp_path: Path) -> None:
    path = evil.bomb(tmp_path / "bomb.tar.gz", 10 * 1024 * MIB)
    assert 9 * MIB < path.stat().st_size < 12 * MIB
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refuse(path, tmp_path / "base", match="times its size")
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024
    assert inspect(path).expanded < 512 * MIB


def test_m3_a_bomb_stops_at_the_byte_limit(tmp_path: Path) -> None:
    path = evil.bomb(tmp_path / "bomb.tar.gz", 256 * MIB)
    limits = Limits(max_bytes=32 * MIB)
    refuse(path, tmp_path / "base", limits=limits, match="expands to more than 33554432 bytes")
    assert inspect(path, limits=limits).expanded <= 33 * MIB


def test_m3_disk_use_stays_within_the_limit_while_unpacking(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    used: list[int] = []
    original = shutil.rmtree

    def measure(path: Path, **kwargs: bool) -> None:
        used.append(sum(file.stat().st_size for file in Path(path).rglob("*") if file.is_file()))
        original(path, **kwargs)

    monkeypatch.setattr(shutil, "rmtree", measure)
    refuse(evil.bomb(tmp_path / "bomb.tar.gz", 256 * MIB), tmp_path / "base", limits=Limits(max_bytes=32 * MIB))
    assert used and max(used) <= 32 * MIB


def test_an_archive_inside_an_archive_stays_a_file(tmp_path: Path) -> None:
    inner = evil.bomb(tmp_path / "inner.tar.gz", 300 * MIB).read_bytes()
    path = evil.write(tmp_path / "outer.tar.gz", [evil.FILE, evil.member("inner.tar.gz", data=inner)])
    unpack(path, tmp_path / "model")
    assert (tmp_path / "model" / "inner.tar.gz").stat().st_size == len(inner)


def test_archives_of_other_tools_are_read(model: Path, tmp_path: Path) -> None:
    import subprocess

    (model / "long").mkdir()
    (model / "long" / ("n" * 150)).write_text("x")
    for format in ("gnu", "pax", "ustar", "v7"):
        names = ["."] if format in ("gnu", "pax") else ["weights.bin", "code"]
        path = tmp_path / f"{format}.tar.gz"
        subprocess.run(["tar", f"--format={format}", "-czf", path, "-C", model, *names], check=True)
        found = inspect(path)
        assert not found.problems
        assert found.code == "code/inference.py"
        unpack(path, tmp_path / format)
        assert (tmp_path / format / "weights.bin").read_bytes() == (model / "weights.bin").read_bytes()


def test_inspect_lists_members_sizes_and_the_manifest(model: Path, tmp_path: Path) -> None:
    (model / "slipway.json").write_text('{"model": "weights.bin", "format": "raw", "row_independent": true}')
    archive = pack(model, tmp_path / "a.tar.gz")
    found = inspect(archive.path)
    assert next((member.name, member.size) for member in found.members if not member.directory) == ("code/inference.py", 41)
    assert (found.sha256, found.size, found.problems) == (archive.sha256, archive.size, ())
    assert found.manifest.row_independent and found.manifest.format == "raw"
    assert inspect(evil.write(tmp_path / "x.tar.gz", [evil.member("model.pkl", data=b"x")])).problems[0].startswith("model.pkl is a pickle")
