"""Every clause, in the order they are checked, and the choice of some of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from slipway.config.problems import did_you_mean
from slipway.contract import invoking, limits, multi_model, pinging, refusing, residue, starting, stopping, training
from slipway.contract.clause import Clause
from slipway.errors import InputError

SERVING: tuple[Clause[Any], ...] = (
    *starting.CLAUSES[:3],
    *pinging.CLAUSES,
    *invoking.CLAUSES,
    *refusing.CLAUSES,
    *limits.CLAUSES,
    *residue.CLAUSES,
    *stopping.CLAUSES,
    *starting.CLAUSES[3:],
    *multi_model.CLAUSES,
)
TRAINING: tuple[Clause[Any], ...] = training.CLAUSES


def chosen(clauses: Iterable[Clause[Any]], only: Iterable[str] = (), skip: Iterable[str] = ()) -> list[Clause[Any]]:
    """The clauses to check. `only` and `skip` hold ids or beginnings of ids (SM-PING). InputError for an unknown one."""
    known = list(clauses)
    wanted, unwanted = tuple(only), tuple(skip)
    for name in (*wanted, *unwanted):
        if not any(_matches(clause.id, name) for clause in known):
            raise InputError(f"no clause {name}{did_you_mean(name, [clause.id for clause in known])}")
    left = [c for c in known if not wanted or any(_matches(c.id, name) for name in wanted)]
    left = [c for c in left if not any(_matches(c.id, name) for name in unwanted)]
    if not left:
        raise InputError("no clause is left to check", fix="correct --only and --skip")
    return left


def _matches(identifier: str, name: str) -> bool:
    return identifier == name.upper() or identifier.startswith(f"{name.upper()}-")
