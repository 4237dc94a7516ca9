"""A worker that shares its name with others. Arguments: the API, the name, `takeover` or `queued`.

Before each step of a block, and after the block, it prints where it is and waits for a line: `go`, or `fenced` when the control plane has
answered that the attempt is not its own any more.
"""

import sys
import threading

import orchestrator

STEPS = 4

# The test decides when a call is answered: a claim does not wait at the server, and a call is repeated almost at once.
orchestrator._LONGEST_POLL = 0.0
orchestrator._LONGEST_BACKOFF = 0.01

url, name, mode = sys.argv[1:4]
options = orchestrator.Options(interval=0.01, timeout=600.0, goodbye=600.0)


def ask(run, *words):
    print(*words[:1], run.id, run.attempt, *words[1:])
    return sys.stdin.readline().strip()


def check(run, *words):
    """Waits for a line, and obeys. After `fenced` the client has read the answer when its thread has ended."""
    if ask(run, *words) == "fenced":
        for thread in threading.enumerate():
            if thread is not threading.current_thread():
                thread.join(30.0)
    run.check_control()


while True:
    with orchestrator.claim(url, name, {"name": name}, takeover=mode == "takeover", options=options) as run:
        check(run, "entered")
        for step in range(1, STEPS + 1):
            check(run, "step", step)
            run.report(step, 1.0 / step)
        check(run, "trained")
    ask(run, "left", run.outcome)
