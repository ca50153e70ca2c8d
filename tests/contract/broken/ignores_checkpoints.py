"""Breaks SM-TRAIN-10: it always begins at the beginning."""

import trainer


class Trainer(trainer.Trainer):
    def resume(self) -> int:
        return 0
