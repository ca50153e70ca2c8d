"""Breaks SM-TRAIN-11: the metric is printed in a form of its own."""

import trainer


class Trainer(trainer.Trainer):
    def report(self, total: float) -> None:
        print(f"the total is {total}", flush=True)
