"""`code/requirements.txt` of a model: checked at start, never installed at start.

An endpoint has no network (network isolation), and what is installed must be what was tested. So packages come with
the image: add them to requirements.in, lock, build. Here is only seen that they are there.
"""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

from serving.manifest import ModelProblem


def check(code_dir: Path) -> None:
    """Raise ModelProblem naming every package of `requirements.txt` that the image lacks or has in another version."""
    path = code_dir / "requirements.txt"
    if not path.is_file():
        return
    from packaging.requirements import InvalidRequirement, Requirement

    missing = []
    for line in path.read_text(encoding="utf-8").splitlines():
        text = line.partition(" #")[0].partition(" --hash")[0].rstrip("\\ ").strip()
        if not text or text.startswith(("#", "-")):
            continue
        try:
            needed = Requirement(text)
        except InvalidRequirement:
            raise ModelProblem(f"code/requirements.txt: {text[:80]!r} is not a requirement") from None
        if needed.marker is None or needed.marker.evaluate():
            found = _version(needed.name)
            if found is None or not needed.specifier.contains(found, prereleases=True):
                missing.append(f"{text} (the image has {found or 'none'})")
    if missing:
        raise ModelProblem(f"code/requirements.txt needs {'; '.join(missing)}: add it to the image's requirements.in, lock and build")


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
