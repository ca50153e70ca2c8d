"""Finds secrets written as literals into a container's environment."""

from __future__ import annotations

import re

_SECRET_WORDS = {"password", "passwd", "pwd", "passphrase", "secret", "secrets", "credential", "credentials", "apikey"}
_SECRET_PAIRS = {("api", "key"), ("access", "key"), ("private", "key"), ("secret", "key"), ("auth", "key"), ("connection", "string")}
_TOKEN_MIN_LENGTH = 16
_HARMLESS_VALUE = re.compile(r"arn:aws[a-z-]*:\S+|-?\d+(\.\d+)?|true|false|none|null|", re.IGNORECASE)
_SECRET_VALUES = (
    ("an AWS access key id", re.compile(r"\b(AKIA|ASIA)[0-9A-Z]{16}\b")),
    ("a private key", re.compile(r"-----BEGIN [A-Z ]*PRIVATE KEY-----")),
    ("a GitHub token", re.compile(r"\b(gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{30,})")),
    ("a Hugging Face token", re.compile(r"\bhf_[A-Za-z0-9]{30,}")),
    ("an API key", re.compile(r"\bsk-[A-Za-z0-9_-]{20,}")),
    ("a Slack token", re.compile(r"\bxox[abprs]-[A-Za-z0-9-]{10,}")),
    ("a JSON web token", re.compile(r"\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.")),
    ("a URL with a password", re.compile(r"://[^/\s:@]+:[^/\s@]+@")),
)


def secret_reason(key: str, value: str) -> str | None:
    """Why `key: value` looks like a secret, or None. ARNs, numbers and booleans never do.

    A key is suspicious by its last words (`DB_PASSWORD`, `apiKey`), so `MAX_TOKENS` and `TOKENIZERS_PARALLELISM` are not.
    """
    if _HARMLESS_VALUE.fullmatch(value):
        return None
    for what, pattern in _SECRET_VALUES:
        if pattern.search(value):
            return f"the value looks like {what}"
    return "the name says that it is a secret" if _named_like_secret(key, value) else None


def _named_like_secret(key: str, value: str) -> bool:
    words = [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", key)]
    if not words:
        return False
    if words[-1] in _SECRET_WORDS or tuple(words[-2:]) in _SECRET_PAIRS:
        return True
    return words[-1] == "token" and len(value) >= _TOKEN_MIN_LENGTH
