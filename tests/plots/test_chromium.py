"""The browser of the tests: the named one, the system's, or Debian's package unpacked without root."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from slipway.errors import SlipwayError
from tests import chromium
from tests.chromium import find_chromium

VERSION = "#!/bin/sh\necho Chromium 150.0\n"


def script(path: Path, text: str = VERSION) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(chromium, "PLACES", ())
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.delenv(chromium.VARIABLE, raising=False)


def test_the_named_one_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = script(tmp_path / "path" / "chromium")
    assert find_chromium(tmp_path) == found
    named = script(tmp_path / "named")
    monkeypatch.setenv(chromium.VARIABLE, str(named))
    assert find_chromium(tmp_path) == named
    script(named, "#!/bin/sh\necho a snap that is not installed >&2\nexit 1\n")
    with pytest.raises(SlipwayError, match=r"SLIPWAY_CHROMIUM=.*named does not run as Chromium"):
        find_chromium(tmp_path)


def test_the_fetched_one_before_the_system_s(tmp_path: Path) -> None:
    found = script(tmp_path / "path" / "google-chrome", "#!/bin/sh\necho Google Chrome 150.0\n")
    assert find_chromium(tmp_path / "tools") == found
    own = script(tmp_path / "tools" / "chromium" / "bin" / "chromium")
    assert find_chromium(tmp_path / "tools") == own


def fake_apt(tmp_path: Path, download: str = "touch a.deb b.deb") -> None:
    """apt-get that lists two packages, and dpkg-deb that unpacks a browser from each."""
    for tool in ("sh", "mkdir", "touch", "chmod", "printf", "cat"):
        (tmp_path / "path").mkdir(exist_ok=True)
        (tmp_path / "path" / tool).symlink_to(shutil.which(tool, path="/usr/bin:/bin") or tool)
    listed = f"printf 'Inst {chromium.PACKAGE} (150)\\nInst libopus0 (1.3)\\nConf libopus0\\n'"
    case = f'case "$*" in *--simulate*) {listed};; *download*) {download};; esac'
    script(tmp_path / "path" / "apt-get", f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\n{case}\n')
    binary = f'"$3/usr/lib/chromium/{chromium.PACKAGE}"'
    unpack = f'mkdir -p "$3/usr/lib/chromium" "$3/usr/share/doc"\nprintf \'#!/bin/sh\\necho Chromium 150\\n\' > {binary}\nchmod +x {binary}'
    script(tmp_path / "path" / "dpkg-deb", f"#!/bin/sh\n{unpack}\n")


def test_fetched_once_without_root(tmp_path: Path) -> None:
    fake_apt(tmp_path)
    found = find_chromium(tmp_path / "tools")
    assert found == tmp_path / "tools" / "chromium" / "bin" / "chromium"
    calls = (tmp_path / "calls").read_text()
    assert f"download {chromium.PACKAGE} libopus0\n" in calls
    assert "DejaVu Sans" in (tmp_path / "tools" / "chromium" / "fonts.conf").read_text()
    assert not (tmp_path / "tools" / "chromium" / "root" / "usr" / "share" / "doc").exists()
    assert find_chromium(tmp_path / "tools") == found
    assert (tmp_path / "calls").read_text() == calls


def test_a_failure_is_remembered_for_a_while(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each worker of a test run asks: one of them tries."""
    with pytest.raises(SlipwayError, match="without apt none can be fetched"):
        find_chromium(tmp_path / "tools")
    fake_apt(tmp_path, "exit 100")
    with pytest.raises(SlipwayError, match="without apt none can be fetched") as failed:
        find_chromium(tmp_path / "tools")
    assert f"apt-get install {chromium.PACKAGE}" in failed.value.fix
    monkeypatch.setattr(chromium, "RETRY_SECONDS", 0)
    with pytest.raises(SlipwayError, match="its mirror cannot be reached"):
        find_chromium(tmp_path / "tools")
    (tmp_path / "path" / "apt-get").unlink()
    assert not (tmp_path / "tools" / "chromium").exists()
