"""Changes a YAML file and keeps its comments: only lock files, which tools write and people review."""

from __future__ import annotations

import io
import os
import tempfile
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap


def updated_text(path: Path, data: dict[str, Any], header: str) -> str:
    """The text of `path` with `data` as its content. A new file begins with `header` as a comment."""
    yaml = YAML(typ="rt")
    yaml.width = 4096
    if path.exists():
        document = yaml.load(path.read_text(encoding="utf-8-sig"))
    else:
        document = CommentedMap()
        document.yaml_set_start_comment(header)
    _update(document, data)
    buffer = io.StringIO()
    yaml.dump(document, buffer)
    return buffer.getvalue()


def _update(document: Any, data: dict[str, Any]) -> None:
    """Make `document` hold `data`, touching only what differs."""
    for key in [key for key in document if key not in data]:
        del document[key]
    for key, value in data.items():
        if isinstance(value, dict) and isinstance(document.get(key), dict):
            _update(document[key], value)
        elif key not in document or document[key] != value:
            document[key] = value


def replace_text(path: Path, text: str) -> None:
    """Write the file in one step: through a temporary file beside it that takes its place."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        mode = path.stat().st_mode & 0o777 if path.exists() else 0o644
        Path(temporary).chmod(mode)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
