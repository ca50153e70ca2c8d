"""nginx: the named one, the system's, or the distribution's package unpacked without root."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from slipway.containers import debian, nginx
from slipway.containers.nginx import find_nginx
from slipway.errors import SlipwayError

VERSION = '#!/bin/sh\necho "nginx version: nginx/1.22.1" >&2\n'


def script(path: Path, text: str = VERSION) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No nginx but what a test provides."""
    monkeypatch.setattr(nginx, "_PLACES", ())
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.delenv("NGINX", raising=False)


def test_the_named_one_comes_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(tmp_path / "path" / "nginx")
    named = script(tmp_path / "named")
    monkeypatch.setenv("NGINX", str(named))
    assert find_nginx(tmp_path) == named
    script(named, "#!/bin/sh\nexit 0\n")
    with pytest.raises(SlipwayError, match=r"NGINX=.*named does not run as nginx"):
        find_nginx(tmp_path)


def test_path_then_tools(tmp_path: Path) -> None:
    own = script(tmp_path / "tools" / "nginx" / "bin" / "nginx")
    assert find_nginx(tmp_path / "tools") == own
    found = script(tmp_path / "path" / "nginx")
    assert find_nginx(tmp_path / "tools") == found
    script(found, "#!/bin/sh\nexit 1\n")
    assert find_nginx(tmp_path / "tools") == own


def test_without_apt_it_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(SlipwayError, match="without apt none can be fetched") as failed:
        find_nginx(tmp_path / "tools")
    assert "apt-get install nginx-light" in failed.value.fix


def fake_apt(tmp_path: Path, *, works: bool = True, download: str = "touch $last.deb") -> None:
    """apt-get that "downloads" an empty package, and dpkg-deb that unpacks an nginx from it."""
    path = tmp_path / "path"
    for tool in ("sh", "mkdir", "touch", "chmod", "printf", "cat", "ldd", "env"):
        path.mkdir(exist_ok=True)
        (path / tool).symlink_to(shutil.which(tool, path="/usr/bin:/bin") or tool)
    version = "nginx version: nginx/1.22.1" if works else "broken"
    script(
        path / "apt-get", f'#!/bin/sh\necho "$@" >> {tmp_path}/calls\nfor last; do :; done\ncase "$*" in *download*) {download};; esac\n'
    )
    script(path / "apt-cache", '#!/bin/sh\necho "  Depends: libpcre2-8-0"\necho "  Depends: iproute2"\n')
    script(
        path / "dpkg-deb",
        '#!/bin/sh\nmkdir -p "$3/usr/sbin"\nprintf \'#!/bin/sh\\necho "'
        + version
        + '" >&2\\n\' > "$3/usr/sbin/nginx"\nchmod +x "$3/usr/sbin/nginx"\n',
    )


def test_fetched_without_root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_apt(tmp_path)
    needed = iter([["libpcre2-8.so.0"], ["libpcre2-8.so.0"]])
    monkeypatch.setattr(nginx, "missing", lambda *_: next(needed, []))
    found = find_nginx(tmp_path / "tools")
    assert found == tmp_path / "tools" / "nginx" / "bin" / "nginx"
    shown = subprocess.run([found, "-v"], capture_output=True, text=True)
    assert "1.22.1" in shown.stderr
    assert "unset NGINX" in found.read_text(), "nginx itself would take the variable for inherited sockets"
    calls = (tmp_path / "calls").read_text()
    assert "download nginx\n" in calls and "download libpcre2-8-0" in calls and "iproute2" not in calls
    assert find_nginx(tmp_path / "tools") == found
    assert (tmp_path / "calls").read_text() == calls, "found again without apt"


def test_own_package_lists_where_the_system_has_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fake_apt(tmp_path)
    monkeypatch.setattr(debian, "LISTS", tmp_path / "empty")
    find_nginx(tmp_path / "tools")
    first = (tmp_path / "calls").read_text().splitlines()[0]
    assert first.endswith("update") and f"Dir::State::lists={tmp_path}/tools/nginx/apt/lists" in first


@pytest.mark.parametrize(
    ("options", "says"),
    [({"download": "exit 100"}, "apt offers no nginx, or its mirror cannot be reached"), ({"works": False}, "does not start")],
)
def test_what_cannot_be_fetched(tmp_path: Path, options: dict[str, object], says: str) -> None:
    fake_apt(tmp_path, **options)  # type: ignore[arg-type]
    with pytest.raises(SlipwayError, match=says):
        find_nginx(tmp_path / "tools")
    assert not (tmp_path / "tools" / "nginx" / "bin" / "nginx").exists()
    assert os.environ["PATH"].startswith(str(tmp_path))
