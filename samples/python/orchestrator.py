"""A training loop in Python under the control of an orchestrator. Needs the standard library only, of Python 3.9 or later.

    with orchestrator.claim("http://localhost:5000/api/v1", "worker-1") as run:
        for step in range(1, 1001):
            run.check_control()                                       # pauses, tunes, or raises what ends the loop
            loss = train_one_step()
            run.report(step, loss, samples_per_sec, checkpoint_version)  # no I/O: the newest numbers win

A background thread sends heartbeats and acknowledgements, one call at a time, and takes the commands that come with the answers. The loop
itself makes no call, so a control plane that is slow or away never slows, stops or fails a training.

What ends a loop is raised by `check_control()`, as a `Stop`:

* `Terminated`: an operator ended the run. Write a last checkpoint if `final_checkpoint` says so.
* `Interrupted`: this process is to end (SIGTERM). Write a checkpoint and call `hand_back(step, checkpoint_version)`.
* `RunLost`: the run ended, or another attempt has it. Write nothing more: the checkpoints are somebody else's.

At the end of the `with` block the run is completed, failed, terminated or handed back, as the block ended, unless the block has said so
itself. A `Stop` does not leave the block; `run.outcome` says how it ended.
"""

from __future__ import annotations

import email.utils
import heapq
import http.client
import itertools
import json
import logging
import os
import queue
import random
import re
import signal
import socket
import ssl
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections import OrderedDict, deque
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Callable, Iterable, Mapping, NamedTuple, Optional, Sequence, Tuple, Type, Union, overload

__all__ = ["Interrupted", "Options", "OrchestratorError", "Run", "RunLost", "Stop", "Terminated", "attach", "claim"]

Token = Union[str, Callable[[], str], None]
OnTune = Callable[[Mapping[str, float]], Optional[Mapping[str, float]]]

_log = logging.getLogger("orchestrator")

_RUNNING, _PAUSED, _TERMINATING = "running", "paused", "terminating"
_COMMANDS_A_BEAT = 16
_LONGEST_POLL = 30.0
_LONGEST_BACKOFF = 15.0
_LONGEST_RETRY_AFTER = 3600.0
_LARGEST_ANSWER = 4 * 1024 * 1024
_REMEMBERED_COMMANDS = 1024
_LONGEST_REASON = 256
_LARGEST_COUNTER = 2**53 - 1
_MOST_METRICS = 64
_HAND_BACK_SECONDS = 20.0  # a process that got SIGTERM is often killed after 30 s

# What not every store can keep: NUL, and halves of surrogate pairs.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")

# What the control plane says of what is in a call.
_UNREADABLE = frozenset(("invalid_json", "payload_too_large", "validation_failed"))

# What the control plane says of a call that it would refuse again. Any other refusal is of what stands between, or passes.
_FINAL = frozenset((
    "ack_conflict", "attempt_required", "checkpoint_regression", "command_not_found", "idempotency_key_reused", "invalid_json",
    "invalid_state", "invalid_transition", "payload_too_large", "run_id_mismatch", "step_regression", "unsupported_media_type",
    "validation_failed",
))


class OrchestratorError(Exception):
    """The control plane refused a call that would be refused again."""


class Stop(OrchestratorError):
    """Ends the training loop."""


class Terminated(Stop):
    """An operator ended the run."""

    def __init__(self, reason: str, final_checkpoint: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final_checkpoint = final_checkpoint


class Interrupted(Stop):
    """This process is to end, the run is not: write a checkpoint and hand the run back."""


class RunLost(Stop):
    """The run is not this worker's any more. `code` is `stale_attempt`, `run_ended` or `run_not_found`. Write nothing."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True)
class Options:
    """How a worker talks to the control plane. Times are in seconds."""

    interval: float = 5.0
    """Between two heartbeats; up to 5 % less, so that the workers of a fleet do not keep step."""

    timeout: float = 10.0
    """Of one call."""

    goodbye: float = 60.0
    """How long the end of a run is tried to be told."""

    not_found_for: float = 600.0
    """How long the run may be unknown before it counts as lost: a store may be coming back."""

    proxies: Optional[Mapping[str, str]] = None
    """By scheme. None: those of the environment (`http_proxy`, `https_proxy`, `no_proxy`). Empty: none."""

    ssl_context: Optional[ssl.SSLContext] = None
    """For a certificate authority of one's own, or a client certificate."""

    signals: Sequence[int] = (signal.SIGTERM,)
    """What raises `Interrupted`. Taken only where the run begins in the main thread; elsewhere call `Run.interrupt()`."""


class _Answer(NamedTuple):
    """An answer of the control plane. `status` 0 means that there was none."""

    status: int
    body: dict[str, Any] = {}
    retry_after: float = 0.0
    fault: str = ""

    @property
    def code(self) -> str:
        code = _members(self.body.get("error")).get("code")
        return code if isinstance(code, str) else ""

    @property
    def details(self) -> dict[str, Any]:
        return _members(_members(self.body.get("error")).get("details"))

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def trouble(self) -> bool:
        """Nothing was wrong with the call: make it again later."""
        return self.status in (0, 408, 429) or self.status >= 500

    def __str__(self) -> str:
        return self.fault or f"{self.status} {self.code}".rstrip()


def _members(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would turn a POST into a GET, and take the token to another host."""

    def redirect_request(self, *_: Any) -> None:
        return None


class _Api:
    """The calls. They answer and do not raise."""

    def __init__(self, url: str, token: Token, headers: Optional[Mapping[str, str]], options: Options) -> None:
        parts = urllib.parse.urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None:
            raise ValueError("url must be http(s)://host[:port]/path, with credentials in token or headers")
        self._url = url.rstrip("/") + "/"
        self._token = token
        self._headers = {"User-Agent": "orchestrator-python/1", "Accept": "application/json", **(headers or {})}
        self._timeout = options.timeout
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler(None if options.proxies is None else dict(options.proxies)),
            urllib.request.HTTPSHandler(context=options.ssl_context),
            _NoRedirect,
        )

    def get(self, path: str) -> _Answer:
        return self._call(path, None, None, 0.0)

    def post(self, path: str, body: Mapping[str, Any], key: Optional[str] = None, wait: float = 0.0) -> _Answer:
        return self._call(path, body, key, wait)

    def _call(self, path: str, body: Optional[Mapping[str, Any]], key: Optional[str], wait: float) -> _Answer:
        timeout = self._timeout + wait
        deadline = time.monotonic() + timeout
        try:
            headers = dict(self._headers)
            token = self._token() if callable(self._token) else self._token
            if token:
                headers["Authorization"] = f"Bearer {token}"
            if key:
                headers["Idempotency-Key"] = key
            data = None
            if body is not None:
                headers["Content-Type"] = "application/json"
                data = json.dumps(body).encode()  # NaN and Infinity as bare tokens, which the control plane reads
            request = urllib.request.Request(self._url + path, data, headers)
            try:
                with self._opener.open(request, timeout=timeout) as response:
                    return _read(response, response.status, deadline)
            except urllib.error.HTTPError as refused:
                with refused:
                    return _read(refused, refused.code, deadline)
        except Exception as fault:  # whatever it is, a training goes on; its text may hold a token, its type does not
            return _Answer(0, fault=_describe(fault))


def _describe(fault: BaseException) -> str:
    reason = getattr(fault, "reason", None)
    inner = reason if isinstance(reason, BaseException) else fault
    text = inner.strerror if isinstance(inner, OSError) else None
    return f"{type(inner).__name__}: {text}" if text else type(inner).__name__


def _read(response: Any, status: int, deadline: float) -> _Answer:
    text = bytearray()
    while part := response.read1(65536):
        text += part
        if len(text) > _LARGEST_ANSWER or time.monotonic() > deadline:
            raise TimeoutError("the answer is too long or too slow")
    if int(response.headers.get("Content-Length", len(text))) != len(text):
        raise http.client.IncompleteRead(bytes(text))  # read1 takes a connection that broke for the end
    retry_after = _seconds(response.headers.get("Retry-After"))
    try:
        body = json.loads(text) if text else {}
    except ValueError:
        body = None
    if isinstance(body, dict):
        return _Answer(status, body, retry_after)
    if 200 <= status < 300:
        return _Answer(0, fault="the answer is not the control plane's", retry_after=retry_after)
    return _Answer(status, retry_after=retry_after)  # of what stands between: a proxy, a gateway


def _seconds(retry_after: Optional[str]) -> float:
    """Reads Retry-After: seconds or a date."""
    if not retry_after:
        return 0.0
    try:
        if retry_after.strip().isdigit():
            seconds = float(retry_after)
        else:
            seconds = email.utils.parsedate_to_datetime(retry_after).timestamp() - time.time()
    except (TypeError, ValueError, OverflowError):
        return 0.0
    return min(max(seconds, 0.0), _LONGEST_RETRY_AFTER)


class _Pace:
    """When a kind of call may be made again: later after each failure, and never sooner than Retry-After says."""

    def __init__(self) -> None:
        self.failures = 0
        self.not_before = 0.0

    def fail(self, retry_after: float) -> None:
        wait = min(2.0 ** min(self.failures, 10), _LONGEST_BACKOFF) * random.uniform(0.5, 1.0)
        self.failures += 1
        self.not_before = time.monotonic() + max(wait, retry_after)

    def reset(self) -> None:
        self.failures = 0
        self.not_before = 0.0


class _Report(NamedTuple):
    step: int
    loss: float
    samples_per_sec: float
    checkpoint_version: int
    checkpoint_uri: Optional[str]
    metrics: Optional[dict[str, float]]


class _Numbers:
    """How reports are told, so that they are accepted: being heard matters more than what is told.

    Counters never go back in an attempt. When something that is not required was refused, it is left out from then on.
    """

    def __init__(self, record: Mapping[str, Any]) -> None:
        self._step: int = record.get("current_step") or 0
        self._checkpoint_version: int = record.get("checkpoint_version") or 0
        self._is_bare = False

    def of(self, report: _Report) -> dict[str, Any]:
        self._step = max(self._step, report.step)
        self._checkpoint_version = max(self._checkpoint_version, report.checkpoint_version)
        told = {
            "step": self._step,
            "loss": report.loss,
            "samples_per_sec": report.samples_per_sec,
            "checkpoint_version": self._checkpoint_version,
        }
        if report.checkpoint_uri is not None and report.checkpoint_version == self._checkpoint_version and not self._is_bare:
            told["checkpoint_uri"] = report.checkpoint_uri
        return told

    def with_metrics(self, report: _Report) -> dict[str, Any]:
        return self.of(report) if report.metrics is None or self._is_bare else {**self.of(report), "metrics": report.metrics}

    def amend(self, refusal: _Answer) -> bool:
        """Returns whether the same report is told otherwise now, so that it may be accepted."""
        before = dict(vars(self))
        current = refusal.details.get("current")
        if refusal.code == "step_regression" and isinstance(current, int):
            self._step = max(self._step, current)
        elif refusal.code == "checkpoint_regression" and isinstance(current, int):
            self._checkpoint_version = max(self._checkpoint_version, current)
        elif refusal.code in _UNREADABLE:
            self._is_bare = True
        return vars(self) != before


class _Command(NamedTuple):
    sequence: int
    id: str
    type: str
    payload: dict[str, Any]

    @classmethod
    def read(cls, sent: Any) -> Optional[_Command]:
        """None for what makes no sense."""
        if not isinstance(sent, dict):
            return None
        command = cls(sent.get("sequence"), sent.get("id"), sent.get("type"), sent.get("payload") or {})
        return command if all(map(isinstance, command, (int, str, str, dict))) else None

    def asked(self) -> dict[str, float]:
        """The tunables of a tune."""
        return {name: value for name, value in self.payload.items() if isinstance(value, (int, float)) and not isinstance(value, bool)}


class _Acknowledgement(NamedTuple):
    command_id: str
    body: dict[str, Any]


class _Commands:
    """The commands of an attempt, from their arrival until their acknowledgement has arrived.

    Each is handed out once, however often it is delivered, in the order of their acceptance, and an older setting never after a newer one.
    """

    def __init__(self) -> None:
        self._gate = threading.Lock()
        self._waiting: list[_Command] = []
        self._unsent: deque[_Acknowledgement] = deque()
        self._known: OrderedDict[str, Optional[_Acknowledgement]] = OrderedDict()
        self._steered_by = 0
        self._tuned_by: dict[str, int] = {}

    def receive(self, delivered: Iterable[_Command]) -> None:
        """Takes in what was delivered. Where that was acknowledged before, the acknowledgement is sent again."""
        with self._gate:
            for command in delivered:
                if command.id not in self._known:
                    self._known[command.id] = None
                    heapq.heappush(self._waiting, command)
                    if len(self._known) > _REMEMBERED_COMMANDS:
                        self._known.popitem(last=False)
                    continue
                acknowledgement = self._known[command.id]
                if acknowledgement is not None and acknowledgement not in self._unsent:
                    self._unsent.append(acknowledgement)

    def take(self) -> Optional[_Command]:
        """Hands out the oldest that still means something; of a tune, what no newer one has set."""
        with self._gate:
            while self._waiting:
                command = heapq.heappop(self._waiting)
                if command.type == "tune":
                    newest = {name: value for name, value in command.asked().items() if self._tuned_by.get(name, 0) < command.sequence}
                    command, is_over = command._replace(payload=newest), not newest
                else:
                    is_over = command.type in ("pause", "resume") and command.sequence < self._steered_by
                if not is_over:
                    return command
                self._known.pop(command.id, None)  # the control plane supersedes it with the acknowledgement of the newer one
            return None

    def acknowledge(self, command: _Command, body: dict[str, Any]) -> None:
        """Keeps the acknowledgement until it has arrived."""
        acknowledgement = _Acknowledgement(command.id, body)
        with self._gate:
            self._known[command.id] = acknowledgement
            self._unsent.append(acknowledgement)
            if body["outcome"] == "applied" and command.type == "tune":
                self._tuned_by.update(dict.fromkeys(command.asked(), command.sequence))
            elif body["outcome"] == "applied":
                self._steered_by = command.sequence

    @property
    def first_unsent(self) -> Optional[_Acknowledgement]:
        with self._gate:
            return self._unsent[0] if self._unsent else None

    def settle(self) -> None:
        """The first acknowledgement has arrived, or never will."""
        with self._gate:
            self._unsent.popleft()


@dataclass
class _Ending:
    """The call that tells how it ended, and the one to make instead where that is forbidden or does not fit."""

    path: str
    body: dict[str, Any]
    key: str
    report: Optional[_Report] = None
    instead: Optional[_Ending] = None


@overload
def claim(
    url: str, worker_id: str, labels: Optional[Mapping[str, str]] = None, wait: None = None, *,
    token: Token = None, headers: Optional[Mapping[str, str]] = None, options: Options = Options(),
) -> Run: ...


@overload
def claim(
    url: str, worker_id: str, labels: Optional[Mapping[str, str]] = None, wait: float = ..., *,
    token: Token = None, headers: Optional[Mapping[str, str]] = None, options: Options = Options(),
) -> Optional[Run]: ...


def claim(
    url: str, worker_id: str, labels: Optional[Mapping[str, str]] = None, wait: Optional[float] = None, *,
    token: Token = None, headers: Optional[Mapping[str, str]] = None, options: Options = Options(),
) -> Optional[Run]:
    """Takes a queued run that has all the labels.

    `url` is that of the API, such as http://localhost:5000/api/v1. Keep `worker_id` the same over restarts: a worker that lost the answer,
    or died before its first report, gets the same run again. Waits for a run for as long as it takes, or returns None after `wait` seconds.
    A control plane that is away is asked again; one that refuses raises `OrchestratorError`. `token` is a bearer token, or a function that
    returns the newest.
    """
    api = _Api(url, token, headers, options)
    until = None if wait is None else time.monotonic() + wait
    pace = _Pace()
    while True:
        left = _LONGEST_POLL if until is None else max(0.0, min(_LONGEST_POLL, until - time.monotonic()))
        body = {"worker_id": worker_id, "labels": dict(labels or {}), "wait": round(left, 3)}
        answer = api.post("runs/claim", body, wait=left)
        run = answer.body.get("run")
        if answer.ok and _is_run(run):
            return Run(api, run, worker_id, options)
        if answer.ok:
            pace.reset()
            pace.fail(0.0)  # a host that is going down ends polls at once
        else:
            _raise_unless_trouble(answer, pace)
        if until is not None and time.monotonic() >= until:
            return None
        _sleep(pace, until)


def attach(
    url: str, run_id: str, worker_id: Optional[str] = None, resume_from: Optional[Tuple[int, int]] = None, *,
    token: Token = None, headers: Optional[Mapping[str, str]] = None, options: Options = Options(),
) -> Run:
    """Takes a run that a scheduler started this worker for.

    Where a worker reported in the current attempt already, this process is its successor: a new attempt begins, from `resume_from` (step
    and checkpoint version), or from 0. For that the token must be allowed to begin attempts. The rest is as for `claim`; a run that ended
    raises `RunLost`.
    """
    api = _Api(url, token, headers, options)
    worker = worker_id or socket.gethostname()
    path = f"runs/{urllib.parse.quote(run_id, safe='')}"
    key = f"attach-{uuid.uuid4().hex}"
    pace = _Pace()
    while True:
        answer = _run_or_fault(api.get(path))
        run = answer.body
        if answer.ok and run.get("end_reason"):
            raise RunLost("run_ended")
        if answer.ok and run.get("runtime_status"):
            answer = _run_or_fault(api.post(f"{path}/attempts", {
                "worker_id": worker,
                "expected_attempt": run["attempt"],
                "reason": "the worker was started again",
                "actor": {"type": "system", "id": worker},
                "resume_from": _resume(*(resume_from or (0, 0))),
            }, key))
            run = {**run, **answer.body}
        if answer.ok:
            return Run(api, run, worker, options)
        if answer.code == "run_ended":
            raise RunLost(answer.code)
        _raise_unless_trouble(answer, pace)
        _sleep(pace, None)


def _is_run(record: Any) -> bool:
    return isinstance(record, dict) and isinstance(record.get("id"), str) and isinstance(record.get("attempt"), int)


def _run_or_fault(answer: _Answer) -> _Answer:
    return answer if not answer.ok or _is_run(answer.body) else _Answer(0, fault="the answer is no run")


def _counter(value: int) -> int:
    return min(max(int(value), 0), _LARGEST_COUNTER)


def _fit(reason: str) -> str:
    return _UNSTORABLE.sub("\ufffd", reason[:_LONGEST_REASON])


def _resume(step: int, checkpoint_version: int) -> dict[str, int]:
    return {"step": _counter(step), "checkpoint_version": _counter(checkpoint_version)}


def _raise_unless_trouble(answer: _Answer, pace: _Pace) -> None:
    if not answer.trouble:
        raise OrchestratorError(f"the control plane refused: {answer}")
    if pace.failures == 0:
        _log.warning("The control plane does not answer (%s); asking on.", answer)
    pace.fail(answer.retry_after)


def _sleep(pace: _Pace, until: Optional[float]) -> None:
    wake = pace.not_before if until is None else min(pace.not_before, until)
    time.sleep(max(0.0, wake - time.monotonic()))


class Run:
    """A run in the hands of this worker, for one attempt. Every method may be called from any thread."""

    def __init__(self, api: _Api, record: Mapping[str, Any], worker_id: str, options: Options) -> None:
        """Use `claim` or `attach`."""
        self.record = record
        """The run as the control plane gave it."""
        self.id: str = record["id"]
        self.attempt: int = record["attempt"]
        self.manifest: dict[str, Any] = record.get("launch_manifest") or {}
        """What whoever created the run wants it to do."""
        self.overrides: dict[str, Any] = record.get("overrides") or {}
        self.step: int = record.get("current_step") or 0
        """The step that this attempt begins from, as far as the control plane knows."""
        self.outcome: Optional[str] = None
        """How it ended: completed, failed, terminated, handed_back, lost, or refused where the control plane did not take the end."""

        self._api = api
        self._options = options
        self._actor = {"type": "system", "id": worker_id}
        self._path = f"runs/{urllib.parse.quote(self.id, safe='')}"
        self._process = os.getpid()
        # What the loop tells and the thread reads. A reference is replaced as a whole, so that a report takes no lock.
        self._report: Optional[_Report] = None
        self._status = _RUNNING
        self._ending: Optional[_Ending] = None
        # What the thread or a signal handler tells and the loop reads, when the bell rings. The bell is a SimpleQueue, as nothing else may
        # be used in a signal handler that may have interrupted its own user.
        self._commands = _Commands()
        self._lost: Optional[RunLost] = None
        self._signal: Optional[int] = None
        self._bell: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._stop: Optional[Stop] = None
        self._terminate: Optional[_Command] = None
        self._control = threading.RLock()  # one thread obeys, the others wait with it while it is paused
        # Of the thread alone.
        self._numbers = _Numbers(record)
        self._beat = 0
        self._has_run = False
        self._refusal = ""
        self._tried_status = ""
        self._next_beat = 0.0
        self._beats, self._answers = _Pace(), _Pace()
        self._unknown_since: Optional[float] = None
        self._away = False
        self._end_was_taken = False

        self._wake = threading.Event()
        self._closed = threading.Event()
        self._finished = threading.Event()
        self._handlers: dict[int, Any] = {}
        self._caught: Optional[int] = None
        self._take_signals()
        self._thread = threading.Thread(target=self._talk, name=f"orchestrator {self.id}", daemon=True)
        self._thread.start()

    # What the training calls

    def report(
        self, step: int, loss: float, samples_per_sec: float, checkpoint_version: int,
        checkpoint_uri: Optional[str] = None, metrics: Optional[Mapping[str, float]] = None,
    ) -> None:
        """Tells where the training stands. No I/O: the next heartbeat takes the newest numbers. A loss may be NaN or infinite.

        Within an attempt the highest step and checkpoint stand: after a roll-back they are told until the training has caught up. The first
        report begins the heartbeats, so make one before a long preparation.
        """
        first = self._report is None
        self._report = _Report(
            _counter(step), float(loss), max(float(samples_per_sec), 0.0), _counter(checkpoint_version),
            None if checkpoint_uri is None else str(checkpoint_uri),
            None if metrics is None else {str(name): float(value) for name, value in itertools.islice(metrics.items(), _MOST_METRICS)})
        if first:
            self._wake.set()

    def check_control(self, on_tune: Optional[OnTune] = None) -> None:
        """Does what has been asked for; costs next to nothing when that is nothing.

        A pause holds it here until there is a resume. `on_tune` is given the tunables by name, and returns those that are now in force, or
        None for exactly what was asked; a ValueError rejects them with its text. What ends the loop is raised, also by every later call.
        """
        if self._status == _RUNNING and self._stop is None and self._lost is None and self._bell.empty():
            return
        with self._control:
            while True:
                if self._lost is not None:
                    raise RunLost(self._lost.code)
                if self._stop is not None:
                    raise self._stop.with_traceback(None)
                command = self._commands.take()
                if command is not None:
                    self._obey(command, on_tune)
                elif self._signal is not None:
                    self._stop = Interrupted(f"signal {self._signal}")
                elif self._status == _PAUSED or not self._bell.empty():
                    self._bell.get()
                else:
                    return

    def interrupt(self, signum: int = signal.SIGTERM) -> None:
        """Makes `check_control` raise `Interrupted`. For a signal handler of one's own."""
        self._signal = int(signum)
        self._bell.put(None)

    @property
    def interrupted(self) -> bool:
        """Whether this process is to end. A loop that claims one run after the other ends by it."""
        return self._signal is not None

    def complete(self, reason: Optional[str] = None) -> bool:
        """Says that the training is done, with its last numbers. Returns whether the control plane took it."""
        return self._end("completed", self._transition("completed", reason))

    def fail(self, reason: str) -> bool:
        """Says that the training failed, with its last numbers. Returns whether the control plane took it."""
        return self._end("failed", self._transition("failed", reason))

    def hand_back(self, step: int = 0, checkpoint_version: int = 0) -> bool:
        """Gives the run back to the queue, in a new attempt that goes on from a checkpoint, or from 0.

        Where this worker may not begin attempts, the run is moved to `queued`, which begins one from 0: the next worker finds the step in
        the checkpoint. A run that an operator ended meanwhile is reported as terminated.
        """
        terminated = self._transition("terminated", "ended while it was handed back")
        queued = self._transition("queued", "the worker is ending")
        queued.report, queued.instead = None, terminated
        attempt = _Ending(f"{self._path}/attempts", {
            "reason": "the worker is ending",
            "actor": self._actor,
            "expected_attempt": self.attempt,
            "resume_from": _resume(step, checkpoint_version),
        }, self._key(), instead=queued)
        return self._end("handed_back", attempt, _HAND_BACK_SECONDS)

    def close(self) -> None:
        """Ends the heartbeats, and says nothing."""
        if self._process != os.getpid():
            return
        self._closed.set()
        self._wake.set()
        if threading.current_thread() is threading.main_thread():
            for signum, handler in self._handlers.items():
                signal.signal(signum, signal.SIG_DFL if handler is None else handler)
            self._handlers.clear()
            caught, self._caught = self._caught, None
            if caught is not None and not isinstance(self._stop, Interrupted):
                signal.raise_signal(caught)  # it came too late for this run: whoever is next to take it does

    def __enter__(self) -> Run:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], fault: Optional[BaseException], trace: Optional[TracebackType]) -> bool:
        try:
            if self._process != os.getpid() or self.outcome is not None:
                pass
            elif isinstance(fault, RunLost) or self._lost is not None:
                self.outcome = "lost"
            elif isinstance(fault, Terminated):
                self._end("terminated", self._transition("terminated", fault.reason))
            elif isinstance(fault, Interrupted):
                self.hand_back()
            elif fault is None:
                self.complete()
            else:
                self.fail(f"{type(fault).__name__}: {fault}".rstrip(": "))
        finally:
            self.close()
        return isinstance(fault, Stop)

    # Commands

    def _obey(self, command: _Command, on_tune: Optional[OnTune]) -> None:
        answer: dict[str, Any] = {"outcome": "applied"}
        if command.type == "pause":
            self._status = _PAUSED
        elif command.type == "resume":
            self._status = _RUNNING
        elif command.type == "tune":
            answer = self._tune(command.asked(), on_tune)
        elif command.type == "terminate":
            self._stop = Terminated(str(command.payload.get("reason") or ""), command.payload.get("final_checkpoint") is True)
            self._status = _TERMINATING
            self._terminate = command  # acknowledged when the training has ended: until then the run is waited for
            self._wake.set()
            return
        else:
            answer = {"outcome": "rejected", "reason": "This worker does not know such a command."}
        # The status first: no heartbeat may say the old one after this.
        self._acknowledge(command, answer)

    @staticmethod
    def _tune(asked: Mapping[str, float], on_tune: Optional[OnTune]) -> dict[str, Any]:
        if on_tune is None:
            return {"outcome": "rejected", "reason": "This worker cannot be tuned."}
        try:
            applied = on_tune(asked)
            if applied is None:
                return {"outcome": "applied"}
            return {"outcome": "applied", "applied": {name: float(value) for name, value in applied.items()}}
        except ValueError as fault:
            return {"outcome": "rejected", "reason": _fit(str(fault))}
        except Exception as fault:
            _log.exception("A tune was rejected, as on_tune failed.")
            return {"outcome": "rejected", "reason": type(fault).__name__}

    def _acknowledge(self, command: _Command, answer: dict[str, Any]) -> None:
        report = self._report
        step = {} if report is None else {"step": report.step}
        self._commands.acknowledge(command, {**answer, **step, "attempt": self.attempt})
        self._wake.set()

    # The end

    def _transition(self, state: str, reason: Optional[str]) -> _Ending:
        body: dict[str, Any] = {"to_state": state, "actor": self._actor, "attempt": self.attempt}
        if reason:
            body["reason"] = _fit(reason)
        return _Ending(f"{self._path}/transitions", body, self._key(), self._report)

    @staticmethod
    def _key() -> str:
        """Of a call that is made again when its answer is lost, and must have the effect of once."""
        return uuid.uuid4().hex

    def _end(self, outcome: str, ending: _Ending, at_most: float = float("inf")) -> bool:
        if self._process != os.getpid() or self.outcome is not None:
            return False
        self.outcome = outcome
        try:
            if self._terminate is not None:
                self._acknowledge(self._terminate, {"outcome": "applied"})
            self._ending = ending
            self._wake.set()
            if not self._finished.wait(min(self._options.goodbye, at_most)):
                _log.error("Run %s: the control plane could not be told that it is %s.", self.id, outcome)
            if self._lost is not None:
                self.outcome = "lost"
            return self._end_was_taken
        finally:
            self.close()

    # The thread

    def _talk(self) -> None:
        while not self._closed.is_set() and not self._end_was_taken and self._lost is None:
            self._wake.clear()
            try:
                wait = self._turn(time.monotonic())
            except Exception:
                _log.exception("Run %s: a heartbeat failed; it goes on.", self.id)
                self._beats.fail(0.0)
                self._answers.fail(0.0)
                wait = 1.0
            if wait is None or wait > 0:
                self._wake.wait(wait)
        self._finished.set()

    def _turn(self, now: float) -> Optional[float]:
        """Makes the one call that is due. Returns how long there is none; None for: until somebody tells something."""
        report, status, ending = self._report, self._status, self._ending
        acknowledgement = self._commands.first_unsent
        if acknowledgement is not None and now >= self._answers.not_before:
            self._send_acknowledgement(acknowledgement)
            return 0.0
        if ending is not None and (acknowledgement is None or self._answers.failures > 2):
            if now < self._beats.not_before:
                return self._beats.not_before - now
            if not self._has_run and report is not None:
                self._send_heartbeat(report, status)  # a run that never ran cannot be completed
            else:
                self._send_ending(ending)
            return 0.0
        next_beat = None
        if ending is None and report is not None:
            next_beat = self._beats.not_before if status != self._tried_status else max(self._next_beat, self._beats.not_before)
            if now >= next_beat:
                self._send_heartbeat(report, status)
                return 0.0
        due = [at for at in (next_beat, self._answers.not_before if acknowledgement is not None else None) if at is not None]
        return max(0.0, min(due) - now) if due else None

    def _send_heartbeat(self, report: _Report, status: str) -> None:
        self._beat += 1
        self._tried_status = status
        body = {"run_id": self.id, "attempt": self.attempt, "beat": self._beat, "status": status, **self._numbers.with_metrics(report)}
        if status == _PAUSED:
            body["samples_per_sec"] = 0.0
        answer = self._api.post(f"{self._path}/heartbeat?commands={_COMMANDS_A_BEAT}", body)
        now = time.monotonic()
        self._next_beat = now + self._options.interval * random.uniform(0.95, 1.0)
        if answer.code == "heartbeat_throttled":
            self._has_run = True  # by one whose answer was lost
            self._next_beat = now + max(answer.retry_after, 0.1)
        elif self._is_settled(answer, self._beats):
            is_amended = self._numbers.amend(answer)
            self._has_run = self._has_run or not is_amended
            if answer.ok:
                self._receive(answer.body.get("commands"))
            elif self._lost is None:
                level = logging.DEBUG if self._refusal == answer.code else logging.ERROR
                _log.log(level, "Run %s: a heartbeat was refused: %s. The training goes on.", self.id, answer)
            self._refusal = answer.code
        else:
            self._next_beat = self._beats.not_before

    def _receive(self, sent: Any) -> None:
        read = [_Command.read(command) for command in sent] if isinstance(sent, list) else []
        if None in read:
            _log.error("Run %s: a command that makes no sense was left out.", self.id)
        self._commands.receive(command for command in read if command is not None)
        if read:
            self._bell.put(None)

    def _send_acknowledgement(self, acknowledgement: _Acknowledgement) -> None:
        command = urllib.parse.quote(acknowledgement.command_id, safe="")
        answer = self._api.post(f"{self._path}/commands/{command}/ack", acknowledgement.body)
        if self._is_settled(answer, self._answers):
            self._commands.settle()
            if not answer.ok and self._lost is None:
                _log.error("Run %s: the acknowledgement of %s was refused: %s.", self.id, acknowledgement.command_id, answer)

    def _send_ending(self, ending: _Ending) -> None:
        body = ending.body if ending.report is None else {**ending.body, "final": self._numbers.of(ending.report)}
        answer = self._api.post(ending.path, body, ending.key)
        if ending.instead is not None and (answer.status in (401, 403) or answer.code == "invalid_transition"):
            self._ending = ending.instead
        elif self._is_settled(answer, self._beats) and self._lost is None and not self._numbers.amend(answer):
            self._end_was_taken = answer.ok
            if not answer.ok:
                _log.error("Run %s: its end was refused: %s.", self.id, answer)
                self.outcome = "refused"
                self._closed.set()

    def _is_settled(self, answer: _Answer, pace: _Pace) -> bool:
        """False when the call has to be made again later."""
        now = time.monotonic()
        if answer.code in ("stale_attempt", "run_ended"):
            self._lose(answer.code)
            return True
        if answer.code == "run_not_found":
            self._unknown_since = self._unknown_since or now
            if now - self._unknown_since >= self._options.not_found_for:
                self._lose(answer.code)
                return True
        elif answer.ok:
            self._unknown_since = None
        # A token may be about to be renewed, and a gateway that knows no way may learn one.
        if not answer.ok and answer.code not in _FINAL:
            level = logging.DEBUG if self._away else logging.WARNING
            _log.log(level, "Run %s: the control plane is not to be had (%s). The training goes on.", self.id, answer)
            self._away = True
            pace.fail(answer.retry_after)
            return False
        if self._away:
            _log.info("Run %s: the control plane answers again.", self.id)
            self._away = False
        pace.reset()
        return True

    def _lose(self, code: str) -> None:
        _log.warning("Run %s is lost: %s.", self.id, code)
        self._lost = RunLost(code)
        self._bell.put(None)

    # Signals

    def _take_signals(self) -> None:
        if threading.current_thread() is threading.main_thread():
            for signum in self._options.signals:
                self._handlers[signum] = signal.signal(signum, self._on_signal)

    def _on_signal(self, signum: int, _: Any) -> None:
        if os.getpid() == self._process:
            self._caught = signum
            self.interrupt(signum)
        else:
            # A process that was forked from this one, such as one that loads data, ends as it would without us.
            signal.signal(signum, signal.SIG_DFL)
            os.kill(os.getpid(), signum)
