"""The one lock around moto's state.

moto's state is plain dictionaries, and several of its operations look before they write. Each call to moto holds this lock, and so
does every background thread while it reads or changes moto's objects. Nothing that waits for a container, a timer or another
thread may hold it.
"""

from __future__ import annotations

import threading

LOCK = threading.RLock()
"""Re-entrant: a patch that runs inside a call may take it again."""
