"""What a user reads in FailureReason."""

from __future__ import annotations

from pathlib import Path

from trainer import failure

TRACEBACK = """before
Traceback (most recent call last):
  File "/opt/ml/code/old.py", line 1, in <module>
KeyError: 'first'

During handling of the above exception, another exception occurred:

Traceback (most recent call last):
  File "/opt/ml/code/train.py", line 9, in <module>
    main()
    ~~~~^^
  File "/opt/ml/code/train.py", line 5, in main
    raise ValueError("accuracy is too low")
ValueError: accuracy is too low"""


def test_the_last_exception_and_where_it_was_raised():
    assert failure.reason("train.py", 1, TRACEBACK).splitlines() == [
        "ValueError: accuracy is too low",
        'File "/opt/ml/code/train.py", line 5, in main',
        "train.py ended with exit code 1",
    ]


def test_without_a_traceback_the_last_lines():
    lines = [f"line {number}" for number in range(9)] + [""]
    assert failure.reason("fit.sh", 3, "\n".join(lines)).splitlines() == [*lines[4:9], "fit.sh ended with exit code 3"]
    assert failure.reason("fit.sh", 3, "") == "fit.sh ended with exit code 3"


def test_a_traceback_behind_a_progress_bar():
    errors = "\r 10%|#  |\r 50%|## |" + TRACEBACK.removeprefix("before\n") + "\r\n"
    assert failure.reason("train.py", 1, errors) == failure.reason("train.py", 1, TRACEBACK)
    one = '\r 50%|## |Traceback (most recent call last):\n  File "a.py", line 3, in f\nKeyError: 1\n'
    assert failure.reason("a.py", 1, one).splitlines() == ["KeyError: 1", 'File "a.py", line 3, in f', "a.py ended with exit code 1"]
    assert failure.reason("fit.sh", 3, "\r 10%\r 20%\rno space left").splitlines()[-2:] == [
        "no space left",
        "fit.sh ended with exit code 3",
    ]


def test_a_signal_is_named():
    assert failure.reason("train.py", 137, "") == "train.py was ended by SIGKILL: is the instance out of memory?"
    assert failure.reason("train.py", 139, "") == "train.py was ended by SIGSEGV"
    assert failure.reason("train.py", 250, "") == "train.py ended with exit code 250"


def test_never_more_than_1024_bytes_and_never_half_a_character(tmp_path: Path):
    failure.write(tmp_path / "output" / "failure", "x" + "€" * 1000)
    content = (tmp_path / "output" / "failure").read_bytes()
    assert 1021 < len(content) <= 1024
    assert content.decode() == "x" + "€" * 341
