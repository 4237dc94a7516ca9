"""A worker that ends in the way that its second argument names. Arguments: the API, the way to end, the label `cell` of the run."""

import _thread
import os
import signal
import subprocess
import sys
import threading
import time

import orchestrator

LAST_STEP = 1_000_000

url, mode, label = sys.argv[1:4]
options = orchestrator.Options(interval=0.1, goodbye=2.0 if mode == "refused" else 60.0)
line = threading.Event()


def read_line():
    os.read(0, 1)
    line.set()


def begin(run):
    run.report(1, 1.0, checkpoint_version=2, checkpoint_uri="file:///checkpoints/2", metrics={"accuracy": 0.5})
    print("ready", run.id, run.attempt)


def train(run):
    """Reports checkpoint 2, trains, and leaves its last numbers for the end. Saves checkpoint 3 when it is asked to stop."""
    begin(run)
    step = 1
    try:
        while mode == "notebook" or not line.is_set():
            run.check_control()
            step += 1
            run.report(step, 1.0, metrics={"accuracy": 0.5})
            time.sleep(0.02)
    except (orchestrator.Interrupted, orchestrator.Terminated):
        run.report(LAST_STEP, checkpoint_version=3, checkpoint_uri="file:///checkpoints/3")
        raise
    run.report(LAST_STEP, 0.1, metrics={"accuracy": 0.9})


def claim():
    return orchestrator.claim(url, f"ends-{label}", {"cell": label}, options=options)


def end(run):
    """Ends the block after the training is done."""
    if mode == "exit-0":
        sys.exit(0)
    elif mode == "exit-3":
        sys.exit(3)
    elif mode == "exception":
        raise ValueError("The data is damaged.")
    elif mode == "fail":
        run.fail("The data is damaged.")
    elif mode == "complete":
        run.complete()
    elif mode == "fork":
        child = os.fork()
        if child == 0:
            raise ValueError("The forked child ends first.")
        os.waitpid(child, 0)


def lose_a_loader(run):
    """Raises when a child in the same process group ends, as a framework does when a process that loads data dies."""
    with subprocess.Popen(["sleep", "1000"]) as loader:
        begin(run)
        loader.wait()
    raise RuntimeError("A process that loads data ended.")


def steps():
    with claim() as run:
        train(run)
        yield run


def execute():
    with claim() as run:
        if mode == "group":
            lose_a_loader(run)
        train(run)
        end(run)
    return run


def execute_a_cell():
    """A notebook raises KeyboardInterrupt in the cell that is executed, and catches it outside of the cell."""

    def interrupt():
        line.wait()
        _thread.interrupt_main()

    threading.Thread(target=interrupt, daemon=True).start()
    try:
        execute()
    except KeyboardInterrupt:
        print("the cell was interrupted")


def close_a_generator():
    generator = steps()
    run = next(generator)
    generator.close()
    return run


def host():
    """A host that trains in a thread and has the handler of SIGTERM: it calls `interrupt()` and waits for the thread."""
    runs = []

    def work():
        with claim() as run:
            runs.append(run)
            train(run)

    signal.signal(signal.SIGTERM, lambda *_: runs[0].interrupt())
    trainer = threading.Thread(target=work)
    trainer.start()
    trainer.join()
    return runs[0]


threading.Thread(target=read_line, daemon=True).start()
ended = {"notebook": execute_a_cell, "generator": close_a_generator, "host": host}.get(mode, execute)()
if ended is not None:
    print("outcome", ended.outcome)
