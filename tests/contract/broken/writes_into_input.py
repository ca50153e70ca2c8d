"""Breaks SM-TRAIN-05: a cache beside the data."""

import trainer


class Trainer(trainer.Trainer):
    def numbers(self) -> list:
        found = super().numbers()
        (trainer.BASE / "input" / "data" / "train" / "cache").write_text("1")
        return found
