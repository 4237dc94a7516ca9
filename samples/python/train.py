"""A small real training under the control of an orchestrator: a line is fitted to noisy points by stochastic gradient descent.

See README.md for how to run it. `Training` does not know the orchestrator; `train` is the loop that obeys it.
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
from typing import Any, Mapping, Optional
from urllib.parse import urlsplit
from urllib.request import url2pathname

import orchestrator

BATCH = 16
EXIT_CODES = {"completed": 0, "terminated": 0, "failed": 1, "refused": 1, "lost": 3, "undelivered": 4, "handed_back": 75}  # EX_TEMPFAIL


class Training:
    """Linear regression. The points of a step are made from its number, so a resumed training ends with exactly the same weights."""

    def __init__(self, learning_rate: float) -> None:
        self.weights = [0.0, 0.0, 0.0]
        self.learning_rate = learning_rate
        self.step = 0
        self.version = 0

    @classmethod
    def resume(cls, point: Optional[orchestrator.ResumePoint], learning_rate: float) -> Training:
        """Loads the checkpoint that the orchestrator offers, or begins from scratch where there is none or its file is gone."""
        training = cls(learning_rate)
        if point is not None and point.uri is not None:
            path = Path(url2pathname(urlsplit(point.uri).path))
            if path.exists():
                vars(training).update(json.loads(path.read_text()))
            else:
                print(f"checkpoint {point.uri} is gone: the training begins from scratch", flush=True)
        return training

    def save(self, path: Path) -> None:
        """Replaces the checkpoint atomically. A model that diverged is not saved."""
        if not all(map(math.isfinite, self.weights)):
            return
        self.version += 1
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
        """Takes the tunables that this training has, and returns those that are now in force."""
        if "learning_rate" not in asked:
            raise ValueError("Only learning_rate can be tuned.")
        self.learning_rate = asked["learning_rate"]
        return {"learning_rate": self.learning_rate}


def train(run: orchestrator.Run, training: Training, checkpoint: Path, arguments: argparse.Namespace) -> None:
    """Trains to the last step, or until the orchestrator or a signal ends it."""
    uri = checkpoint.resolve().as_uri()

    loss: Optional[float] = None

    def report(samples: Optional[int] = None) -> None:
        saved = {"checkpoint_version": training.version, "checkpoint_uri": uri} if training.version else {}
        run.report(training.step, loss=loss, samples=samples, metrics={"learning_rate": training.learning_rate}, **saved)

    try:
        while training.step < arguments.steps:
            run.check_control(training.tune)
            loss = training.take_step()
            if training.step % arguments.checkpoint_every == 0:
                run.check_control(training.tune)  # a worker that lost its run writes nothing
                training.save(checkpoint)
            report(BATCH)
            time.sleep(arguments.pace)
        training.save(checkpoint)
        report()
    except orchestrator.Terminated as end:
        print(f"terminated: {end.reason}", flush=True)
        if end.final_checkpoint:
            training.save(checkpoint)
            report()
        raise
    except orchestrator.Interrupted:
        training.save(checkpoint)
        report()
        raise  # the run is handed back; the next attempt resumes from this checkpoint


def main() -> int:
    arguments = parse()
    logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
    arguments.checkpoints.mkdir(parents=True, exist_ok=True)
    learning_rate = 2.0 if arguments.diverge else arguments.learning_rate
    settings: dict[str, Any] = {
        "token": os.environ.get("ORCHESTRATOR_TOKEN"),
        "options": orchestrator.Options(interval=arguments.interval, timeout=arguments.timeout),
    }

    if arguments.run:
        run = orchestrator.attach(arguments.url, arguments.run, arguments.worker_id, **settings)
    else:
        run = orchestrator.claim(arguments.url, arguments.worker_id, takeover=arguments.takeover, **settings)
    with run:
        training = Training.resume(run.resume_point, learning_rate)
        print(f"{run.id}: attempt {run.attempt} begins at step {training.step}", flush=True)
        train(run, training, arguments.checkpoints / f"{run.id}.checkpoint.json", arguments)
    print(f"{run.id}: {run.outcome} at step {training.step}", flush=True)
    return EXIT_CODES[str(run.outcome)]


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Trains under the control of an orchestrator. ORCHESTRATOR_TOKEN is a bearer token, if one is needed.")
    parser.add_argument("--url", default="http://localhost:5000/api/v1", help="address of the API")
    parser.add_argument("--worker-id", help="name of this worker; default: host and process id")
    parser.add_argument("--takeover", action="store_true", help="one process at a time uses the name: take over the run that it holds")
    parser.add_argument("--run", help="the run to work on; default: the next one of the queue")
    parser.add_argument("--checkpoints", type=Path, default=Path("checkpoints"), metavar="FOLDER", help="holds one file for each run")
    parser.add_argument("--checkpoint-every", type=int, default=100, metavar="STEPS")
    parser.add_argument("--steps", type=int, default=1000)
    parser.add_argument("--pace", type=float, default=0.0, metavar="SECONDS", help="pause after every step, so that a person can follow")
    parser.add_argument("--learning-rate", type=float, default=0.05)
    parser.add_argument("--diverge", action="store_true", help="use a learning rate at which the loss grows until it is NaN")
    parser.add_argument("--interval", type=float, default=5.0, metavar="SECONDS", help="time between two heartbeats")
    parser.add_argument("--timeout", type=float, default=10.0, metavar="SECONDS", help="timeout of one call")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
