"""Breaks SM-TRAIN-01: exit code 1 after a good run."""

import trainer


class Trainer(trainer.Trainer):
    def run(self) -> int:
        super().run()
        return 1
