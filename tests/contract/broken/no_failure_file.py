"""Breaks SM-TRAIN-08: nobody learns why training failed."""

import trainer


class Trainer(trainer.Trainer):
    def failed(self, error: Exception) -> int:
        return 1
