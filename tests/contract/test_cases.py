"""Case files: what is read, what is refused and where, how answers are compared."""

from __future__ import annotations

from pathlib import Path

import pytest

from modules._shared.expected import Expected
from slipway.config.problems import ConfigErrors
from slipway.contract.cases import Case, load_cases

ROOT = Path(__file__).resolve().parents[2]


def write(folder: Path, text: str) -> Path:
    file = folder / "cases.yaml"
    file.write_text(text)
    return file


def errors(file: Path) -> list[str]:
    with pytest.raises(ConfigErrors) as caught:
        load_cases(file)
    assert caught.value.exit_code == 2
    return [str(problem).removeprefix(f"{file.as_posix()}:") for problem in caught.value.problems]


def test_the_wine_cases() -> None:
    cases = load_cases(ROOT / "examples" / "wine" / "cases.yaml")
    assert [case.name for case in cases][:2] == ["one wine as JSON", "one wine as CSV"]
    assert cases[1].all_headers() == {"Content-Type": "text/csv", "Accept": "text/csv"}
    assert cases[1].body.startswith(b"12.29,") and cases[1].succeeds and not cases[-1].succeeds


def test_three_ways_to_write_a_body(tmp_path: Path) -> None:
    (tmp_path / "picture.bin").write_bytes(b"\x00\xff")
    file = write(
        tmp_path,
        """
version: 1
cases:
  - { name: text, body: "${x} \\r\\n %{y}", expect: { text: "${z}" } }
  - { name: file, body_file: picture.bin, expect: {} }
  - { name: base64, body_base64: AP8=, expect: { base64: AP8= } }
""",
    )
    assert [case.body for case in load_cases(file)] == [b"${x} \r\n %{y}", b"\x00\xff", b"\x00\xff"]


@pytest.mark.parametrize(
    ("entry", "wanted"),
    [
        ("{ name: a, expect: { status: 999 } }", "expect.status: must be at most 599, got the number 999"),
        ("{ name: a, expect: {}, boddy: x }", "boddy: unknown option; did you mean body?"),
        ("{ name: a }", "expect: missing; this option is required"),
        ("{ name: a, expect: {}, content_type: json }", "content_type: 'json' does not match"),
        ("{ name: a, expect: {}, body_file: no.bin }", "body_file: "),
        ("{ name: a, expect: {}, body_base64: '!' }", "body_base64: not base64"),
        ("{ name: a, expect: { tolerance: -1 } }", "expect.tolerance: must be at least 0"),
        ("{ name: a, body: x, body_base64: eA==, expect: {} }", "body_base64: only one of body, body_file, body_base64"),
        ("{ name: a, expect: { json: 1, text: x } }", "expect.text: only one of json, text, base64"),
        ('{ name: "${a}", expect: {} }', "name: '${' is not allowed"),
    ],
)
def test_what_is_refused(tmp_path: Path, entry: str, wanted: str) -> None:
    [found] = errors(write(tmp_path, f"version: 1\ncases:\n  - {entry}\n"))
    assert found.startswith("3:") and f"cases[0].{wanted}" in found


def test_names_are_taken_once(tmp_path: Path) -> None:
    file = write(tmp_path, "version: 1\ncases:\n  - { name: a, expect: {} }\n  - { name: a, expect: {} }\n")
    assert errors(file) == ["4:13 cases[1].name: 'a' is taken by cases[0]; each name once"]


@pytest.mark.parametrize("text", ["", "version: 2\ncases: [{name: a, expect: {}}]\n", "version: 1\ncases: []\n", "version: 1\ncases: [\n"])
def test_files_that_are_none(tmp_path: Path, text: str) -> None:
    assert errors(write(tmp_path, text))


def expecting(**options: object) -> Case:
    return Case("x", expect=Expected(**options))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("expected", "actual", "tolerance", "difference"),
    [
        ({"a": [1, 2.0]}, b'{"a": [1.0, 2]}', 0, None),
        ({"a": 0.5}, b'{"a": 0.5004}', 0.001, None),
        ({"a": 0.5}, b'{"a": 0.502}', 0.001, "$.a: expected 0.5 within 0.001, got 0.502"),
        ({"a": {"b": [{"c": "x"}]}}, b'{"a": {"b": [{"c": "y"}]}}', 0, '$.a.b[0].c: expected "x", got "y"'),
        ({"a": 1}, b'{"b": 1}', 0, "$.a: missing in the answer"),
        ({"a": 1}, b'{"a": 1, "b": 1}', 0, "$.b: not expected"),
        ([1, 2], b"[1]", 0, "$: expected 2 items, got 1"),
        ({"a": True}, b'{"a": 1}', 0, "$.a: expected true, got 1"),
        ({"a": 1}, b'{"a": NaN}', 1e9, "body: not JSON: NaN is not JSON"),
        (None, b"null", 0, None),
        (None, b"0", 0, "$: expected null, got 0"),
        ({"a": 1}, b"<html>", 0, "body: not JSON: "),
    ],
)
def test_json_answers(expected: object, actual: bytes, tolerance: float, difference: str | None) -> None:
    found = expecting(compares="json", json=expected, tolerance=tolerance).check(200, "application/json", actual)
    assert found == difference if difference is None else found is not None and found.startswith(difference)


@pytest.mark.parametrize(
    ("expected", "actual", "difference"),
    [
        ("a,0.1\n", b"a,0.1004\r\n", None),
        ("a,0.1\n", b"a,0.2\n", 'line 1, field 2: expected "0.1" within 0.001, got "0.2"'),
        ("a,0.1\nb,1\n", b"a,0.1\n", "expected 2 lines, got 1"),
        ("a,1\n", b"a\n", 'line 1: expected "a,1", got "a"'),
        ("nan\n", b"1\n", 'line 1, field 1: expected "nan" within 0.001, got "1"'),
    ],
)
def test_text_answers(expected: str, actual: bytes, difference: str | None) -> None:
    assert expecting(compares="text", text=expected, tolerance=0.001).check(200, None, actual) == difference


def test_bytes_status_and_content_type() -> None:
    assert expecting(compares="base64", body=b"ab").check(200, None, b"ax") == "byte 1: expected 0x62, got 0x78"
    assert expecting(compares="base64", body=b"ab").check(200, None, b"a") == "expected 2 bytes, got 1"
    assert expecting(status=400).check(500, None, b"oh") == "status: expected 400, got 500 (oh)"
    assert expecting(content_type="text/csv").check(200, "text/csv; charset=utf-8", b"") is None
    assert expecting(content_type="text/csv").check(200, "text/plain", b"") == "content type: expected text/csv, got text/plain"
    assert expecting(content_type="text/csv; header=absent").check(200, "text/csv", b"") is not None
