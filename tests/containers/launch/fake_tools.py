"""docker, podman and buildah as executables that write down how they were called: no engine can run where the tests do."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

FAKE = """\
#!{python}
import json, os, pathlib, shutil, signal, sys
sys.path.insert(0, {folder!r})
arguments = sys.argv[1:]
with open({log!r}, "a") as log:
    log.write(json.dumps([{name!r}, *arguments]) + "\\n")
if arguments[0] in {refuses!r}:
    print("it is not possible: " + arguments[0], file=sys.stderr)
    sys.exit(7)
target = next((a.partition("dest=")[2] for a in arguments if "dest=" in a), "")
if arguments[0] == "save":
    target = arguments[arguments.index("--output") + 1]
if arguments[0] == "push":
    target = arguments[2].removeprefix("docker-archive:").partition(":")[0]
context = pathlib.Path(arguments[-1])
if "build" in arguments[:2] and (context / "model-requirements.txt").exists():
    shutil.copy(context / "model-requirements.txt", {seen!r})
if target:
    shutil.copy({image!r}, target)
if arguments[0] == "load":
    print("Loaded image: fake/image:1")
if arguments[0] == "run":
    open({pid!r}, "w").write(str(os.getpid()))
    if arguments[-1] == "train":
        print("trained"); sys.exit(5)
    os.execv({python!r}, [{python!r}, {serve!r}, "serve"])
if arguments[0] == "kill":
    number = getattr(signal, arguments[2]) if arguments[1] == "--signal" else signal.SIGKILL
    try:
        os.kill(int(open({pid!r}).read()), number)
    except ProcessLookupError:
        sys.exit(1)
"""


class Tools:
    """A PATH with fake builders and engines. `calls` is what they were asked, in order."""

    def __init__(self, folder: Path, image: Path, serve: Path | None = None) -> None:
        self.folder, self._image, self._serve = folder, image, serve or folder / "none"
        self._log = folder / "calls.jsonl"
        self.requirements = folder / "requirements-seen.txt"
        (folder / "bin").mkdir(parents=True)

    def add(self, name: str, *, refuses: tuple[str, ...] = ()) -> None:
        values: dict[str, Any] = {
            **{"python": sys.executable, "folder": str(self.folder), "name": name, "refuses": list(refuses), "log": str(self._log)},
            **{"image": str(self._image), "seen": str(self.requirements), "pid": str(self.folder / "pid"), "serve": str(self._serve)},
        }
        path = self.folder / "bin" / name
        path.write_text(FAKE.format(**values))
        path.chmod(0o755)

    @property
    def path(self) -> str:
        return str(self.folder / "bin")

    @property
    def calls(self) -> list[list[str]]:
        return [json.loads(line) for line in self._log.read_text().splitlines()] if self._log.exists() else []
