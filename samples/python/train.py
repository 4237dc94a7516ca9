"""A small real training under the control of an orchestrator: a line is fitted to noisy points by stochastic gradient descent.

See README.md for how to run it. `Training` knows nothing of the orchestrator; `train` is the loop that obeys it.
"""

from __future__ import annotations

import argparse
import json
import logging
import math
import os
import random
import sys
import time
from pathlib import Path
from typing import Any, Mapping

import orchestrator

BATCH = 16
EXIT_CODES = {"completed": 0, "terminated": 0, "failed": 1, "refused": 1, "lost": 3, "handed_back": 75}  # 75: try again (EX_TEMPFAIL)


class Training:
    """Linear regression on points that are made anew for each step from its number, so that a training that was resumed goes on exactly."""

    def __init__(self, learning_rate: float) -> None:
        self.weights = [0.0, 0.0, 0.0]
        self.learning_rate = learning_rate
        self.step = 0
        self.saved_step = 0
        self.version = 0

    @classmethod
    def load(cls, path: Path, learning_rate: float) -> Training:
        """From the checkpoint, or from the start where there is none."""
        training = cls(learning_rate)
        if path.exists():
            vars(training).update(json.loads(path.read_text()))
        return training

    def save(self, path: Path) -> None:
        """Replaces the checkpoint whole, or not at all. A model that diverged is not worth keeping."""
        if not all(map(math.isfinite, self.weights)):
            return
        self.saved_step, self.version = self.step, self.version + 1
        written = path.with_name(path.name + ".tmp")
        with open(written, "w") as file:
            json.dump(vars(self), file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(written, path)

    def take_step(self) -> float:
        """One step of gradient descent. Returns the mean squared error of its batch before it."""
        self.step += 1
        points = random.Random(self.step)
        loss, gradient = 0.0, [0.0, 0.0, 0.0]
        for _ in range(BATCH):
            inputs = (points.gauss(0, 1), points.gauss(0, 1), 1.0)
            target = 2.0 * inputs[0] - 3.0 * inputs[1] + 0.5 + points.gauss(0, 0.1)
            error = sum(weight * value for weight, value in zip(self.weights, inputs)) - target
            loss += error * error / BATCH
            gradient = [slope + 2 * error * value / BATCH for slope, value in zip(gradient, inputs)]
        self.weights = [weight - self.learning_rate * slope for weight, slope in zip(self.weights, gradient)]
        return loss

    def tune(self, asked: Mapping[str, float]) -> Mapping[str, float]:
        """Takes what it has of what is asked, and answers what is now in force."""
        if "learning_rate" not in asked:
            raise ValueError("Only learning_rate can be tuned.")
        self.learning_rate = asked["learning_rate"]
        return {"learning_rate": self.learning_rate}


def train(run: orchestrator.Run, training: Training, checkpoint: Path, arguments: argparse.Namespace) -> None:
    """Trains to the last step, or until the orchestrator or SIGTERM ends it."""
    began, seen = time.monotonic(), 0

    def report(loss: float) -> None:
        rate = seen / max(time.monotonic() - began, 1e-6)
        run.report(training.step, loss, rate, training.version, metrics={"learning_rate": training.learning_rate})

    loss = math.nan
    try:
        while training.step < arguments.steps:
            run.check_control(training.tune)
            loss = training.take_step()
            seen += BATCH
            if training.step % arguments.checkpoint_every == 0:
                run.check_control(training.tune)  # a worker that lost its run writes nothing
                training.save(checkpoint)
            report(loss)
            time.sleep(arguments.pace)
        training.save(checkpoint)
        report(loss)
    except orchestrator.Terminated as end:
        print(f"terminated: {end.reason}", flush=True)
        if end.final_checkpoint:
            training.save(checkpoint)
            report(loss)
        raise
    except orchestrator.Interrupted:
        training.save(checkpoint)
        report(loss)
        run.hand_back(training.saved_step, training.version)


def main() -> int:
    arguments = parse()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    arguments.checkpoints.mkdir(parents=True, exist_ok=True)
    learning_rate = 2.0 if arguments.diverge else arguments.learning_rate
    settings: dict[str, Any] = {
        "token": os.environ.get("ORCHESTRATOR_TOKEN"),
        "options": orchestrator.Options(interval=arguments.interval, timeout=arguments.timeout),
    }

    def checkpoint_of(run_id: str) -> Path:
        return arguments.checkpoints / f"{run_id}.checkpoint.json"

    if arguments.run:
        saved = Training.load(checkpoint_of(arguments.run), learning_rate)
        run = orchestrator.attach(arguments.url, arguments.run, arguments.worker_id, (saved.saved_step, saved.version), **settings)
    else:
        run = orchestrator.claim(arguments.url, arguments.worker_id, **settings)
    with run:
        checkpoint = checkpoint_of(run.id)
        # The first attempt of a run begins anew, whatever a run of the same name has left.
        training = Training.load(checkpoint, learning_rate) if run.attempt > 1 else Training(learning_rate)
        print(f"{run.id}: attempt {run.attempt} begins at step {training.step}", flush=True)
        train(run, training, checkpoint, arguments)
    print(f"{run.id}: {run.outcome} at step {training.step}", flush=True)
    return EXIT_CODES[str(run.outcome)]


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Trains under the control of an orchestrator. ORCHESTRATOR_TOKEN is a bearer token, if one is needed.")
    parser.add_argument("--url", default="http://localhost:5000/api/v1", help="of the API")
    parser.add_argument("--worker-id", default="python-1")
    parser.add_argument("--run", help="the run to work on; without it, the next one of the queue")
    parser.add_argument("--checkpoints", type=Path, default=Path("checkpoints"), metavar="FOLDER", help="one file a run")
    parser.add_argument("--checkpoint-every", type=int, default=100, metavar="STEPS")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--pace", type=float, default=0.0, metavar="SECONDS", help="a rest after every step, so that a person can follow")
    parser.add_argument("--learning-rate", type=float, default=0.05)
    parser.add_argument("--diverge", action="store_true", help="with a learning rate at which the loss grows until it is no number")
    parser.add_argument("--interval", type=float, default=5.0, metavar="SECONDS", help="between two heartbeats")
    parser.add_argument("--timeout", type=float, default=10.0, metavar="SECONDS", help="of a call")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
