"""The good container breaks nothing. A broken one brings its own file of this name."""

from server import Server
from trainer import Trainer

__all__ = ["Server", "Trainer"]
