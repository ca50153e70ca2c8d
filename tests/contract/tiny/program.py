"""Entry: `serve` or `train`, as SageMaker says. The container is the good one, or what breach.py makes of it."""

import sys

import breach
from server import Server
from trainer import Trainer

if sys.argv[1:] == ["serve"]:
    sys.exit(getattr(breach, "Server", Server)().run())
if sys.argv[1:] == ["train"]:
    sys.exit(getattr(breach, "Trainer", Trainer)().run())
sys.exit(f"usage: program.py serve|train, got {sys.argv[1:]}")
