"""The state guard: no plan on a state that is gone, cut off, older or somebody else's, in every lock mode.

Terraform with `lock: s3` alone takes a deleted or emptied state for an empty world and would create everything twice.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from slipway.deploy.holder import now, whoami
from slipway.deploy.store import Record, State, Store, parse_state
from slipway.errors import SlipwayError


def check_state(store: Store) -> State | None:
    """The stack's state when it may be used, or None when there never was one.

    SlipwayError when the object is missing although versions or a record exist, is empty or unreadable, has another lineage,
    a lower serial, or other content under the same serial than the record, or does not match Terraform's digest.
    Every message names the version to restore and the command.
    """
    record = store.record()
    body = store.read(store.key)
    if body is None:
        _check_never_there(store, record)
        return None
    state = parse_state(body)
    if state is None:
        raise _refusal(store, record, f"is {'empty' if not body.strip() else 'cut off or no Terraform state'} ({len(body)} bytes)")
    if record is not None:
        _compare(store, record, state)
    if store.table:
        _check_digest(store, state)
    return state


def remember(store: Store) -> None:
    """After a successful write: record serial, lineage and content, by which the next run knows this state again."""
    state = parse_state(store.read(store.key) or b"")
    if state is not None:
        store.write_record(Record(state.serial, state.lineage, state.sha256, whoami(), now()))


def _check_never_there(store: Store, record: Record | None) -> None:
    if record is None and next(store.versions(store.key), None) is None:
        return
    raise _refusal(store, record, "is missing, but existed before")


def _compare(store: Store, record: Record, state: State) -> None:
    if state.lineage != record.lineage:
        raise _refusal(store, record, f"has lineage {state.lineage}, the last one seen had {record.lineage}: it is another stack's state")
    if state.serial < record.serial:
        raise _refusal(store, record, f"has serial {state.serial}, older than the last one seen ({record.serial})")
    if state.serial == record.serial and state.sha256 != record.sha256:
        raise _refusal(store, record, f"has other content than the last one seen under the same serial {state.serial}")


def _check_digest(store: Store, state: State) -> None:
    """Terraform ignores a digest that is missing or garbage, so the guard must not."""
    digest = (store.item("-md5") or {}).get("Digest")
    if digest == state.md5:
        return
    if digest is not None and re.fullmatch(r"[0-9a-f]{32}", digest):
        raise _refusal(store, store.record(), "does not match the digest in the lock table: one of the two was changed by hand")
    said = "is missing" if digest is None else f"is garbage ({digest[:40]!r})"
    raise SlipwayError(
        f"the digest of s3://{store.bucket}/{store.key} in table {store.table} {said}; Terraform alone would go on",
        fix=f"If the state is right, `slipway deploy {store.environment} --recover` writes the digest again.",
    )


def _refusal(store: Store, record: Record | None, problem: str) -> SlipwayError:
    """The refusal with the newest version that fits and the command that brings it back."""
    seen = f" Last seen: serial {record.serial}, written by {record.writer} at {record.time}." if record else ""
    version = _good_version(store, record)
    if version is None:
        fix = f"No stored version of it is usable: restore s3://{store.bucket}/{store.key} from a backup, then run again."
    else:
        fix = f"Restore version {version}, then run again: {restore_command(store, version)}"
    details = {"stack": store.stack, "bucket": store.bucket, "key": store.key, "version_id": version}
    return SlipwayError(
        f"refused: the state s3://{store.bucket}/{store.key} {problem}.{seen} Nothing was planned.", fix=fix, details=details
    )


def restore_command(store: Store, version: str) -> str:
    """The AWS CLI command that makes an earlier version of the state the current one."""
    endpoint = f" --endpoint-url {store.endpoint}" if store.endpoint else ""
    source = f"--copy-source '{store.bucket}/{store.key}?versionId={version}'"
    return f"aws s3api copy-object{endpoint} --bucket {store.bucket} --key {store.key} {source}"


def _good_version(store: Store, record: Record | None) -> str | None:
    """The version the record describes, else the one with the highest serial of the same lineage."""
    readable = [(version, state) for version, body in store.versions(store.key) if (state := parse_state(body)) is not None]
    if record is not None:
        exact = next((version for version, state in readable if state.sha256 == record.sha256), None)
        if exact is not None:
            return exact
        readable = [(version, state) for version, state in readable if state.lineage == record.lineage]
    serial: Callable[[tuple[str, State]], int] = lambda item: item[1].serial  # noqa: E731
    return max(readable, key=serial)[0] if readable else None
