"""Which names an archive's members may have: one rule set for packing, reading and unpacking."""

from __future__ import annotations

import re
import unicodedata

_MAX_COMPONENT_BYTES = 255
_DRIVE = re.compile(r"^[A-Za-z]:")
_HIDDEN_CATEGORIES = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def canonical(name: str) -> str:
    """The spelling that is packed: Unicode NFC, so that a macOS disk (NFD) gives the same archive."""
    return unicodedata.normalize("NFC", name)


def collision_key(name: str) -> str:
    """Two names with the same key are one file on a disk that ignores case (macOS, Windows)."""
    return canonical(canonical(name).casefold())


def problem(name: str, max_bytes: int) -> str:
    """Why a member name is refused, or an empty string. Directories come without the trailing slash."""
    if any(unicodedata.category(character) in _HIDDEN_CATEGORIES for character in name):
        return "its name holds a NUL, control, invisible or undecodable character"
    if name.startswith("/") or _DRIVE.match(name):
        return "its name is absolute"
    if "\\" in name:
        return "its name holds a backslash, which is a separator on some systems"
    parts = name.split("/")
    if not {"", ".", ".."}.isdisjoint(parts):
        return "its name leads out of the archive (..)" if ".." in parts else "its name has an empty or '.' component"
    if len(name.encode()) > max_bytes or any(len(part.encode()) > _MAX_COMPONENT_BYTES for part in parts):
        return f"its name is longer than {max_bytes} bytes, or a component longer than {_MAX_COMPONENT_BYTES}"
    return ""


def printable(name: str) -> str:
    """A name fit for one line of an error text: escapes what is not printable and cuts at 120 characters."""
    shown = "".join(c if c.isprintable() else c.encode("unicode_escape", "surrogatepass").decode() for c in name)
    return shown if len(shown) <= 120 else f"{shown[:117]}..."


class NameSet:
    """Remembers names and says what is wrong with the next one: duplicates, and a file used as a folder."""

    def __init__(self) -> None:
        self._kinds: dict[str, bool] = {}

    def add(self, name: str, *, directory: bool) -> str:
        """Take a name; why it is refused, or an empty string. A folder may be named twice, a file not."""
        key = collision_key(name)
        known = self._kinds.get(key)
        if known is not None and not (known and directory):
            return "its name is taken already (compared without regard to case)"
        parents = key.split("/")[:-1]
        for depth in range(1, len(parents) + 1):
            if self._kinds.setdefault("/".join(parents[:depth]), True) is False:
                return "one of its folders is a file in the same archive"
        self._kinds[key] = directory
        return ""
