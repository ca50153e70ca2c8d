"""The follower itself: it does what is written and sees what is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.guides.follow import Command, File, broken_promise, follow, shell_environment, steps

PAGE = """# A guide

`a/b.txt`:

```text
one
```

Prose with `code`:

```python
never_run()
```

```console
$ export WORD=two
$ cat a/b.txt && echo $WORD \\
  and more
one
two ...
```
"""


def test_files_and_commands_in_their_order():
    assert steps(PAGE) == [
        File("a/b.txt", "one\n"),
        Command("export WORD=two"),
        Command("cat a/b.txt && echo $WORD \\\n  and more", ["one", "two ..."]),
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "empty").mkdir()
    return tmp_path / "empty"


def run(page: str, folder: Path) -> list[str]:
    return follow(page, folder, shell_environment(ROOT), 30)


def test_it_is_followed(folder: Path):
    assert run(PAGE, folder) == []
    assert (folder / "a" / "b.txt").read_text() == "one\n"


def test_a_broken_promise_is_seen(folder: Path):
    (problem,) = run(PAGE.replace("two ...", "three"), folder)
    assert "promises 'three', but says:\none\ntwo and more" in problem


def test_a_failing_command_is_seen_and_ends_it(folder: Path):
    (problem,) = run(PAGE.replace("export WORD=two", "false"), folder)
    assert problem.startswith("$ false\nexit code 1")


@pytest.mark.parametrize(
    ("promised", "output", "missing"),
    [
        (["a", "...", "c"], "a\nb\nc\n", None),
        (["a ... z"], "a b z", None),
        (["a ... z"], "a b", "a ... z"),
        (["b", "a"], "a\nb\n", "a"),
        (["a  b"], "   a b  \n", None),
        (["sha256 ..."], "sha512 1", "sha256 ..."),
    ],
)
def test_promises(promised: list[str], output: str, missing: str | None):
    assert broken_promise(promised, output) == missing
