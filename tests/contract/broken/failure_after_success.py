"""Breaks SM-TRAIN-06: the failure file is always there."""

import trainer


class Trainer(trainer.Trainer):
    def save(self, total: float) -> None:
        super().save(total)
        (trainer.BASE / "output" / "failure").write_text("none")
