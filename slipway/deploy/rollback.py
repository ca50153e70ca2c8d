"""Bring back what an environment ran before: its files as a revision of the ledger holds them, then a deploy."""

from __future__ import annotations

from pathlib import Path

from slipway.deploy.revisions import Ledger, Revision, environment_files
from slipway.errors import InputError, SlipwayError

SAVED = "before-rollback"
"""Folder below `.slipway/<environment>/` that keeps the files which a rollback replaced."""


def choose(ledger: Ledger, to: int | None = None) -> Revision:
    """The revision to bring back: number `to`, or the last good one before the one in effect.

    After a deploy that failed that is the newest one that succeeded as a whole. After one that succeeded it is the newest before it
    whose files differ; a rollback counts as the revision that it brought back, so that two in a row go back two steps.
    """
    name = ledger.environment
    if to is not None:
        found = ledger.read(to)
        if not found.whole:
            what = f"deployed {found.stack} alone" if found.stack else "failed"
            raise InputError(f"revision {to} of {name} {what}", fix="choose one that succeeded for the whole environment")
        return found
    newest = ledger.newest()
    current = next(newest, None)
    if current is None:
        raise SlipwayError(f"{name} has no revision to go back to", fix=f"slipway deploy {name}")
    before = current.rollback_to or current.revision
    for revision in newest:
        if revision.whole and revision.revision < before and (current.result == "failed" or revision.files != current.files):
            return revision
    raise SlipwayError(f"{name} has no earlier good revision than {before}", fix=f"`slipway revisions {name}` lists all of them")


def restore(root: Path, revision: Revision) -> list[str]:
    """Write the environment's files as they were in the revision; those that differ now are kept in `.slipway` first.

    Returns the changed files' paths below `root`. Commit them, or the next deploy of the branch undoes the rollback.
    """
    now = environment_files(revision.environment, root)
    changed = sorted(name for name in {*now, *revision.files} if now.get(name) != revision.files.get(name))
    for name in changed:
        file, kept = root / name, root / ".slipway" / revision.environment / SAVED / Path(name).name
        if name in now:
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text(now[name], encoding="utf-8")
        if name in revision.files:
            file.write_text(revision.files[name], encoding="utf-8")
        else:
            file.unlink()
    return changed
