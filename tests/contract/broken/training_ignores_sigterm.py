"""Breaks SM-TRAIN-09: after SIGTERM it goes on, and longer."""

import trainer


class Trainer(trainer.Trainer):
    def on_sigterm(self) -> None:
        self.step_seconds = 10
