"""Input channels: a folder each, for File and FastFile mode alike."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from trainer.documents import read_object
from trainer.failure import TrainingFailed

FOLDER_MODES = ("File", "FastFile")


def read(path: Path) -> dict[str, dict[str, Any]]:
    """inputdataconfig.json: the properties of each channel by its name; none when the file is missing."""
    document = read_object(path)
    for name, properties in document.items():
        if not isinstance(properties, dict):
            raise TrainingFailed(f"input/config/{path.name}: channel {name} must be an object")
    return document


def folders(config: dict[str, dict[str, Any]], data: Path) -> dict[str, Path]:
    """Each channel's folder below `data`.

    TrainingFailed for a channel in Pipe mode, a FIFO instead of files, and for one whose folder is not there.
    """
    found: dict[str, Path] = {}
    for name, properties in sorted(config.items()):
        mode = properties.get("TrainingInputMode", "File")
        if mode not in FOLDER_MODES:
            raise TrainingFailed(
                f"channel {name} is in {mode} mode, which this container does not read: "
                "use FastFile, which also streams from S3 while the program reads plain files"
            )
        folder = data / name
        if not folder.is_dir():
            raise TrainingFailed(f"channel {name} has no folder input/data/{name}")
        found[name] = folder
    return found
