"""Where a run comes from: the commit that is checked out, and who runs it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from slipway.deploy.holder import whoami

_COMMITS = ("CODEBUILD_RESOLVED_SOURCE_VERSION", "GITHUB_SHA", "CI_COMMIT_SHA")
_ACTORS = (("GITHUB_ACTOR", "GitHub Actions"), ("GITLAB_USER_LOGIN", "GitLab CI"), ("CODEBUILD_INITIATOR", "CodeBuild"))
_SHA = re.compile(r"[0-9a-f]{40}([0-9a-f]{24})?")
_SECONDS = 20


@dataclass(frozen=True)
class Provenance:
    """`commit` is empty where nobody knows it; `dirty`: files of the checkout differ from it; `actor`: who or what runs."""

    commit: str
    dirty: bool
    actor: str


def provenance(root: Path) -> Provenance:
    """Of the checkout at `root`: git's own answer, else what CodeBuild, GitHub Actions or GitLab CI say in the environment."""
    commit = _git(root, "rev-parse", "HEAD")
    if not _SHA.fullmatch(commit):
        named = next((os.environ[name] for name in _COMMITS if _SHA.fullmatch(os.environ.get(name, ""))), "")
        return Provenance(named, False, _actor())
    return Provenance(commit, bool(_git(root, "status", "--porcelain", "--untracked-files=no")), _actor())


def _actor() -> str:
    for name, system in _ACTORS:
        if who := os.environ.get(name):
            return f"{who} ({system})"
    return whoami()


def _git(root: Path, *arguments: str) -> str:
    """What git answers; empty when there is no git, no repository, or none of ours around the folder."""
    git = shutil.which("git")
    if git is None or not (root / ".git").exists():
        return ""
    done = subprocess.run([git, "-C", str(root), *arguments], capture_output=True, text=True, timeout=_SECONDS, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""
