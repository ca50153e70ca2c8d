"""A policy means the same however it is written."""

from __future__ import annotations

import json

import pytest

from policies.estate import Document
from policies.statements import Statement, Unreadable, read

_WIDE = {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": False}}}
_DATA = {
    "data": {
        "aws_iam_policy_document": {
            "wide": {
                "statement": [
                    {
                        "effect": "Allow",
                        "actions": ["s3:*"],
                        "resources": ["*"],
                        "condition": {"test": "Bool", "variable": "aws:SecureTransport", "values": ["false"]},
                    }
                ]
            },
            "merged": {"source_policy_documents": ["x"]},
            "block": {"statement": {"actions": ["s3:GetObject"], "resources": ["a"], "principals": {"type": "AWS", "identifiers": ["*"]}}},
        }
    }
}
_HCL = (
    '${jsonencode({"Version" = "2012-10-17", "Statement" = [{"Effect" = "Allow", "Action" = "s3:*", "Resource" = "*", '
    '"Condition" = {"Bool" = {"aws:SecureTransport" = "false"}}}]})}'
)


@pytest.mark.parametrize(
    "value",
    [
        json.dumps({"Statement": [_WIDE]}),
        json.dumps({"Statement": _WIDE}),
        json.dumps({"Statement": [{**_WIDE, "Action": ["s3:*"], "Resource": ["*"]}]}),
        _HCL,
        "${data.aws_iam_policy_document.wide.json}",
    ],
    ids=["list", "object", "lists inside", "jsonencode", "data document"],
)
def test_one_policy_in_five_spellings(value: str) -> None:
    expected = Statement("Allow", ("s3:*",), ("*",), conditions=(("Bool", "aws:securetransport", ("false",)),))
    assert read(value, Document("s", _DATA)) == [expected]


@pytest.mark.parametrize("count", [0, 1, 2])
def test_statements_of_any_number(count: int) -> None:
    assert len(read(json.dumps({"Statement": [_WIDE] * count}), Document("s", {}))) == count


@pytest.mark.parametrize(
    "value",
    [
        *("${var.policy}", "{", "[]", "3", 3, None, "${jsonencode(var.x"),
        *("${data.aws_iam_policy_document.none.json}", "${data.aws_iam_policy_document.merged.json}"),
    ],
)
def test_what_cannot_be_read_says_so(value: object) -> None:
    with pytest.raises(Unreadable):
        read(value, Document("s", _DATA))


def test_blocks_of_a_data_document_may_be_objects() -> None:
    (statement,) = read("${data.aws_iam_policy_document.block.json}", Document("s", _DATA))
    assert statement.principals == (("AWS", "*"),)
    assert statement.allows


def test_a_condition_that_a_missing_key_satisfies_does_not_count() -> None:
    statement = Statement("Allow", (), (), conditions=(("StringEqualsIfExists", "aws:sourceaccount", ("1",)),))
    assert not statement.has_condition("aws:SourceAccount")
