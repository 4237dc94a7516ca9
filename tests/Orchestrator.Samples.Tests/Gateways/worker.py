"""A worker behind a gateway that misbehaves: claims a run, again after a line where the claim raises, trains until a line arrives, and ends.

Arguments: the API, the label of the run, the wait of a claim and the time for the end in seconds.
"""

import sys
import threading
import time

import orchestrator

EXIT_CODES = {"undelivered": 4}

url, label, wait, goodbye = sys.argv[1:5]
options = orchestrator.Options(interval=0.1, timeout=1.0, goodbye=float(goodbye))
line = threading.Event()


def claim():
    while True:
        try:
            seconds = None if wait == "forever" else float(wait)
            run = orchestrator.claim(url, f"gateway-{label}", {"cell": label}, wait=seconds, options=options)
            if run is not None:
                return run
        except orchestrator.OrchestratorError:
            print("claim raised")
            sys.stdin.readline()


def read_line():
    sys.stdin.readline()
    line.set()


tunes = []
with claim() as run:
    print("ready", run.id, run.attempt)
    threading.Thread(target=read_line, daemon=True).start()
    step = 0
    while not line.is_set():
        run.check_control(tunes.append)
        step += 1
        run.report(step, 1.0)
        time.sleep(0.02)
    print("tunes", len(tunes))
print("outcome", run.outcome)
sys.exit(EXIT_CODES.get(run.outcome, 0))
