"""A worker for Orchestrator: puts a training loop in Python under its watch and control.

One file, standard library only, Python 3.9 or later.

    with orchestrator.claim("http://localhost:5000/api/v1") as run:
        for step in range(1, 1001):
            run.check_control()              # waits while the run is paused, applies tunes, raises what ends the loop
            loss = train_one_step()
            run.report(step, loss=loss)      # makes no call: the next heartbeat takes the newest numbers

`claim` returns a run once its first heartbeat was accepted and the commands that came with the answer were received. From then on a
background thread sends heartbeats and acknowledgements, one call at a time. The loop itself makes no call, so a control plane that is
slow or away neither slows nor ends a training. Nothing that is reported raises in the loop: a value that cannot be sent is left out, and
logged once.

`check_control()` ends the loop by raising a `Stop`:

* `Terminated`: an operator ended the run. Write a last checkpoint if `final_checkpoint` is true.
* `Interrupted`: this process has to end (SIGTERM). Write a checkpoint, report it and let the run be handed back.
* `RunLost`: the run ended, or another attempt replaced this one. Write nothing: the checkpoints belong to another process now.

The end of the `with` block reports the end of the run, unless the block did so itself (`complete`, `fail`, `hand_back`):

* no exception, or `sys.exit(0)`: completed;
* `Terminated`: terminated;
* `Interrupted`, Ctrl-C, or any exception after SIGTERM: handed back to the queue;
* any other exception, or `sys.exit(3)`: errored, which an operator can restart. Only `fail()` makes a run failed, which is final.

A `Stop` does not leave the block; every other exception does. `run.outcome` says how the run ended.
"""

from __future__ import annotations

import email.utils
import heapq
import http.client
import json
import logging
import os
import queue
import random
import re
import signal
import socket
import ssl
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid
from collections import OrderedDict, deque
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Callable, Iterable, Mapping, NamedTuple, Optional, Sequence, Tuple, Type, Union, overload

__all__ = [
    "Interrupted", "Options", "OrchestratorError", "ResumePoint", "Run", "RunLost", "Stop", "Terminated", "attach", "claim",
]

Token = Union[str, Callable[[], str], None]
OnTune = Callable[[Mapping[str, float]], Optional[Mapping[str, float]]]

_log = logging.getLogger("orchestrator")

_RUNNING, _PAUSED, _TERMINATING = "running", "paused", "terminating"
_COMMANDS_A_BEAT = 16
_LONGEST_POLL = 30.0
_LONGEST_BACKOFF = 15.0
_LONGEST_RETRY_AFTER = 30.0  # a gateway that says an hour must not silence a worker for an hour
_LONGEST_WAIT_OF_AN_END = 5.0
_LARGEST_ANSWER = 4 * 1024 * 1024
_REMEMBERED_COMMANDS = 1024
_LARGEST_COUNTER = 2**53 - 1
_MOST_METRICS = 64
_HAND_BACK_SECONDS = 20.0  # a process that got SIGTERM is often killed after 30 s
_SIGNAL_SECONDS = 1.0

# Longest texts, in UTF-16 code units, as the control plane counts.
_LONGEST_NAME = 256
_LONGEST_REASON = 1024
_LONGEST_URI = 2048
_LONGEST_MESSAGE = 4096

# Characters that not every store can keep: NUL, and halves of surrogate pairs.
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")

# Refusals of the content of a call.
_UNREADABLE = frozenset(("invalid_json", "payload_too_large", "validation_failed"))

# Refusals that say that the run does not belong to this attempt any more.
_LOST = frozenset(("run_ended", "stale_attempt"))

# Refusals that the same call would get again. Every other refusal is temporary, or comes from a gateway in between.
_FINAL = frozenset((
    "ack_conflict", "attempt_required", "checkpoint_regression", "command_not_found", "idempotency_key_reused", "invalid_json",
    "invalid_state", "invalid_transition", "payload_too_large", "run_id_mismatch", "step_regression", "unsupported_media_type",
    "validation_failed",
))


# What users see: errors and options


class OrchestratorError(Exception):
    """The control plane refused a call, and would refuse it again. The text holds its message."""


class Stop(OrchestratorError):
    """Ends the training loop."""


class Terminated(Stop):
    """An operator ended the run."""

    def __init__(self, reason: str, final_checkpoint: bool) -> None:
        super().__init__(reason)
        self.reason = reason
        self.final_checkpoint = final_checkpoint


class Interrupted(Stop):
    """This process has to end, the run does not: write a checkpoint, report it and hand the run back."""


class RunLost(Stop):
    """The run does not belong to this worker any more. `code` is `stale_attempt`, `run_ended` or `run_not_found`. Write nothing."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class ResumePoint(NamedTuple):
    """The checkpoint that an attempt may continue from. It is an offer: an attempt may also start over."""

    run_id: str
    attempt: int
    version: int
    step: int
    uri: Optional[str]

    @classmethod
    def read(cls, sent: Any) -> Optional[ResumePoint]:
        """Reads the member `resume_point` of a run. Returns None where there is none."""
        return cls(*(sent.get(name) for name in cls._fields)) if isinstance(sent, dict) else None


@dataclass(frozen=True)
class Options:
    """How a worker talks to the control plane. Times are in seconds."""

    interval: float = 5.0
    """Time between two heartbeats, shortened by up to 5 % at random so that the workers of a fleet do not beat in step."""

    timeout: float = 10.0
    """Timeout of one call."""

    goodbye: float = 60.0
    """How long the end of a run is reported again and again until the control plane accepts it. Handing back: at most 20 s.

    Then it is reported once more, for at most 5 s.
    """

    not_found_for: float = 600.0
    """How long the run may be unknown to the control plane before it counts as lost: a store may be coming back."""

    proxies: Optional[Mapping[str, str]] = None
    """Proxies by scheme. None: those of the environment (`http_proxy`, `https_proxy`, `no_proxy`). Empty: none."""

    ssl_context: Optional[ssl.SSLContext] = None
    """For a private certificate authority or a client certificate."""

    signals: Sequence[int] = (signal.SIGTERM,)
    """Signals that raise `Interrupted`. Handled only where the run begins in the main thread; elsewhere call `Run.interrupt()`."""


# Calls


class _Answer(NamedTuple):
    """An answer of the control plane. `status` 0 means that there was none."""

    status: int
    body: dict[str, Any] = {}
    retry_after: float = 0.0
    fault: str = ""

    @property
    def error(self) -> dict[str, Any]:
        return _members(self.body.get("error"))

    @property
    def code(self) -> str:
        code = self.error.get("code")
        return code if isinstance(code, str) else ""

    @property
    def message(self) -> str:
        """What the server says, for a person to read, on one line."""
        said = self.error.get("message") or self.body.get("detail") or self.body.get("title")
        return _CONTROL.sub(" ", said)[:_LONGEST_REASON] if isinstance(said, str) else ""

    @property
    def details(self) -> dict[str, Any]:
        return _members(self.error.get("details"))

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def trouble(self) -> bool:
        """The call itself was right: make it again later."""
        return self.status in (0, 408, 429) or self.status >= 500

    def __str__(self) -> str:
        if self.fault:
            return self.fault
        text = f"{self.status} {self.code}".rstrip()
        return f"{text}: {self.message}" if self.message and not self.ok else text


def _members(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would turn a POST into a GET and send the token to another host."""

    def redirect_request(self, *_: Any) -> None:
        return None


class _Api:
    """The calls. They return an answer and never raise."""

    def __init__(self, url: str, token: Token, headers: Optional[Mapping[str, str]], options: Options) -> None:
        self.url = _address(url)
        self._token = token if callable(token) else _one_line("token", token or "")
        self._headers = {"User-Agent": "orchestrator-python/1", "Accept": "application/json"}
        self._headers.update(_header(name.strip(), str(value)) for name, value in (headers or {}).items())
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
            token = self._token().strip() if callable(self._token) else self._token
            if token:
                headers["Authorization"] = f"Bearer {token}"
            if key:
                headers["Idempotency-Key"] = key
            data = None
            if body is not None:
                headers["Content-Type"] = "application/json"
                data = json.dumps(body).encode()  # NaN and Infinity as bare tokens, which the control plane reads
            request = urllib.request.Request(self.url + path, data, headers)
            try:
                with self._opener.open(request, timeout=timeout) as response:
                    return _read(response, response.status, deadline)
            except urllib.error.HTTPError as refused:
                with refused:
                    return _read(refused, refused.code, deadline)
        except Exception as fault:  # the training continues whatever it is; the text may hold a token, the type does not
            return _Answer(0, fault=_describe(fault))


def _address(url: str) -> str:
    """Trims and checks the address of the API. Returns it with a slash at its end."""
    url = _discovered(url.strip())
    parts = urllib.parse.urlsplit(url)
    if (
        parts.scheme not in ("http", "https") or not parts.hostname or parts.username is not None or parts.query or parts.fragment
        or re.search(r"[^\x21-\x7e]", url)
    ):
        raise ValueError("url must be http(s)://host[:port]/path without blanks, with credentials in token or headers")
    parts.port  # raises ValueError where it is not a number
    return url.rstrip("/") + "/"


def _discovered(url: str) -> str:
    """Resolves an address such as https+http://name/path, as service discovery does: by the environment, else by its first scheme."""
    parts = urllib.parse.urlsplit(url)
    schemes = parts.scheme.split("+")
    if schemes not in (["https", "http"], ["http", "https"]):
        return url
    for scheme in schemes:
        found = os.environ.get(f"services__{parts.netloc}__{scheme}__0", "").strip()
        if found:
            return found.rstrip("/") + url.split(parts.netloc, 1)[1]
    return schemes[0] + url[len(parts.scheme):]


def _header(name: str, value: str) -> Tuple[str, str]:
    if not re.fullmatch(r"[\w!#$%&'*+.^`|~-]+", name, re.ASCII):
        raise ValueError("the name of a header must be letters, digits and dashes")
    return name, _one_line(f"header {name}", value)


def _one_line(name: str, value: str) -> str:
    """Trims a value of a header. Refuses one that cannot be sent: every call would fail by it."""
    value = value.strip()
    if re.search(r"[^\x20-\x7e]", value) or (name == "token" and " " in value):
        raise ValueError(f"{name} must be printable ASCII on one line" + (", without blanks" if name == "token" else ""))
    return value


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
        raise http.client.IncompleteRead(bytes(text))  # read1 takes a broken connection for the end
    retry_after = _seconds(response.headers.get("Retry-After"))
    try:
        body = json.loads(text) if text else {}
    except ValueError:
        body = None
    if isinstance(body, dict):
        return _Answer(status, body, retry_after)
    if 200 <= status < 300:
        return _Answer(0, fault="the answer does not come from the control plane", retry_after=retry_after)
    return _Answer(status, retry_after=retry_after)  # from a proxy or gateway in between


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
    """When a kind of call may be made again: later after each failure, and not before Retry-After, but never later than `longest`."""

    def __init__(self, longest: float = float("inf")) -> None:
        self.failures = 0
        self.not_before = 0.0
        self._longest = longest

    def fail(self, retry_after: float = 0.0) -> None:
        wait = min(2.0 ** min(self.failures, 10), _LONGEST_BACKOFF) * random.uniform(0.5, 1.0)
        self.failures += 1
        self.not_before = time.monotonic() + min(max(wait, retry_after), self._longest)

    def reset(self) -> None:
        self.failures = 0
        self.not_before = 0.0

    def sleep(self, until: Optional[float]) -> None:
        """Waits in the calling thread, at most until the given moment."""
        wake = self.not_before if until is None else min(self.not_before, until)
        time.sleep(max(0.0, wake - time.monotonic()))


# Texts


def _fit(text: Any, longest: int) -> str:
    """Makes a text that a store can keep: without unstorable characters, cut with an ellipsis where it is too long. Never raises."""
    try:
        text = _UNSTORABLE.sub("\ufffd", str(text))
    except Exception:
        text = f"({type(text).__name__} without a text)"
    units = text.encode("utf-16-le")
    return text if len(units) <= 2 * longest else units[:2 * (longest - 1)].decode("utf-16-le", "ignore") + "\u2026"


def _text_of(fault: BaseException) -> str:
    return f"{type(fault).__name__}: {_fit(fault, _LONGEST_MESSAGE)}".rstrip(": ")


# Reports


class _Report(NamedTuple):
    """What a training reported, in a form that can be sent. None: not measured, or for the checkpoint: as before."""

    step: int
    loss: Optional[float] = None
    samples_per_sec: Optional[float] = None
    checkpoint_version: Optional[int] = None
    checkpoint_uri: Optional[str] = None
    metrics: Optional[dict[str, float]] = None


def _first(value: Any, otherwise: Any) -> Any:
    return otherwise if value is None else value


class _Sieve:
    """Takes from what a training reports what can be sent. Never raises; what is left out is logged, once for each name."""

    def __init__(self, run_id: str) -> None:
        self._run_id = run_id
        self._logged: set[str] = set()

    def number(self, name: str, value: Any) -> Optional[float]:
        return self._take(name, value, lambda given: float(_plain(given)))

    def counter(self, name: str, value: Any) -> Optional[int]:
        return self._take(name, value, lambda given: min(max(int(_plain(given)), 0), _LARGEST_COUNTER))

    def text(self, name: str, value: Any, longest: int) -> Optional[str]:
        return self._take(name, value, lambda given: _whole(str(given), longest))

    def metrics(self, name: str, values: Any) -> Optional[dict[str, float]]:
        items = self._take(name, values, _items)
        if items is None:
            return None
        if len(items) > _MOST_METRICS:
            self._leave_out(f"what {name} has beyond {_MOST_METRICS} values", values)
        taken: dict[str, float] = {}
        for key, value in items[:_MOST_METRICS]:
            metric = self.text(f"a name in {name}", key, _LONGEST_NAME)
            number = None if metric is None else self.number(f"{name}[{metric!r}]", value)
            if metric is not None and number is not None:
                taken[metric] = number
        return taken

    def _take(self, name: str, value: Any, convert: Callable[[Any], Any]) -> Any:
        try:
            return None if value is None else convert(value)
        except Exception:  # the value is of a class that may raise anything
            self._leave_out(name, value)
            return None

    def _leave_out(self, name: str, value: Any) -> None:
        if name not in self._logged and len(self._logged) < 2 * _MOST_METRICS:
            self._logged.add(name)
            kind = type(value).__name__
            _log.warning("Run %s: %s cannot be sent (%s) and is left out. The training continues.", self._run_id, name, kind)


def _whole(text: str, longest: int) -> str:
    """Raises for a text that cannot be sent as it is."""
    if _fit(text, longest) != text:
        raise ValueError("too long, or not storable")
    return text


def _plain(value: Any) -> Any:
    """Makes a number of Python from one of another library (NumPy, PyTorch). Raises for what is none."""
    if not isinstance(value, (int, float)):
        item = getattr(value, "item", None)
        value = item() if callable(item) else value
    if isinstance(value, (str, bytes, bytearray)):
        raise TypeError("a text")
    return value


def _items(values: Any) -> list[tuple[Any, Any]]:
    """Copies a mapping that another thread may be changing."""
    for attempt in range(16):
        try:
            return list(values.items())
        except RuntimeError:  # changed size during iteration
            if attempt == 15:
                raise
    return []


class _Rate:
    """Samples per second, measured over at least one second."""

    def __init__(self) -> None:
        self._count = 0.0
        self._since = time.monotonic()
        self._measured: Optional[float] = None

    def add(self, samples: float) -> float:
        self._count += samples if samples > 0 else 0.0
        now = time.monotonic()
        elapsed = now - self._since
        rate = self._count / max(elapsed, 1e-6)
        if elapsed >= 1.0:
            self._measured, self._count, self._since = rate, 0.0, now
        return rate if self._measured is None else self._measured


class _Numbers:
    """Turns reports into heartbeats that are accepted.

    Counters never go back within an attempt, and a checkpoint's version and URI always go together. When the control plane refuses the
    content of a heartbeat, the following ones go without their optional members: being heard matters more.
    """

    def __init__(self, record: Mapping[str, Any]) -> None:
        self._step: int = record.get("current_step") or 0
        self._version: int = record.get("checkpoint_version") or 0
        self._uri: Optional[str] = record.get("checkpoint_uri")
        self._is_bare = False

    @property
    def step(self) -> int:
        return self._step

    def of(self, report: _Report) -> dict[str, Any]:
        """The members of a heartbeat, or of `final`."""
        self._step = max(self._step, report.step)
        if report.checkpoint_version is not None and report.checkpoint_version > self._version:
            self._version, self._uri = report.checkpoint_version, report.checkpoint_uri
        elif report.checkpoint_version == self._version:
            self._uri = report.checkpoint_uri or self._uri
        members: dict[str, Any] = {
            "step": self._step,
            "loss": report.loss,
            "samples_per_sec": report.samples_per_sec,
            "checkpoint_version": self._version,
        }
        if not self._is_bare:
            optional = {"checkpoint_uri": self._uri, "metrics": report.metrics}
            members.update((name, value) for name, value in optional.items() if value is not None)
        return members

    def amend(self, refusal: _Answer) -> bool:
        """Returns whether the same report is sent differently now, so that it may be accepted."""
        before = dict(vars(self))
        current = refusal.details.get("current")
        if refusal.code == "step_regression" and isinstance(current, int):
            self._step = max(self._step, current)
        elif refusal.code == "checkpoint_regression" and isinstance(current, int) and current > self._version:
            self._version, self._uri = current, None  # absent, which leaves the URI that the control plane has
        elif refusal.code in _UNREADABLE:
            self._is_bare = True
        return vars(self) != before


class _BeatNumbers:
    """Numbers the heartbeats of an attempt, rising, so that the control plane can recognise a late duplicate."""

    _LEAP = 1000

    def __init__(self, record: Mapping[str, Any]) -> None:
        self._counted = record.get("heartbeats")
        has_reported = record.get("runtime_status") and isinstance(self._counted, int)
        self._last: int = self._counted if has_reported else 0  # type: ignore[assignment]

    def next(self) -> dict[str, int]:
        """The member of the next heartbeat; none once the numbers are used up."""
        if self._last >= _LARGEST_COUNTER:
            return {}
        self._last += 1
        return {"beat": self._last}

    def was_counted(self, answer: _Answer) -> bool:
        """Returns False for an accepted heartbeat that changed nothing, as the control plane knows a higher number. Then leaps above it."""
        before, self._counted = self._counted, _members(answer.body.get("run", answer.body)).get("heartbeats")
        if not isinstance(self._counted, int) or self._counted != before or self._last >= _LARGEST_COUNTER:
            return True
        self._last = min(self._last * self._LEAP, _LARGEST_COUNTER)
        return False


# Commands


class _Command(NamedTuple):
    sequence: int
    id: str
    type: str
    payload: dict[str, Any]

    @classmethod
    def read(cls, sent: Any) -> Optional[_Command]:
        """Returns None for what is not a command."""
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

    Each is handed out once, however often it is delivered, in the order of acceptance, and an older setting never after a newer one.
    """

    def __init__(self) -> None:
        self._gate = threading.Lock()
        self._waiting: list[_Command] = []
        self._unsent: deque[_Acknowledgement] = deque()
        self._known: OrderedDict[str, Optional[_Acknowledgement]] = OrderedDict()
        self._steered_by = 0
        self._tuned_by: dict[str, int] = {}

    def receive(self, delivered: Iterable[_Command]) -> None:
        """Takes in delivered commands. One that was acknowledged before is acknowledged again."""
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
        """Hands out the oldest command that still has an effect; of a tune, the names that no newer one has set."""
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
                self._known.pop(command.id, None)  # the acknowledgement of the newer command supersedes it
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
        """Removes the first acknowledgement: it has arrived, or never will."""
        with self._gate:
            self._unsent.popleft()


# Claims


@overload
def claim(
    url: str, worker_id: Optional[str] = None, labels: Optional[Mapping[str, str]] = None, wait: None = None, *,
    offers: Optional[Mapping[str, str]] = None, takeover: bool = False,
    token: Token = None, headers: Optional[Mapping[str, str]] = None, options: Options = Options(),
) -> Run: ...


@overload
def claim(
    url: str, worker_id: Optional[str] = None, labels: Optional[Mapping[str, str]] = None, wait: float = ..., *,
    offers: Optional[Mapping[str, str]] = None, takeover: bool = False,
    token: Token = None, headers: Optional[Mapping[str, str]] = None, options: Options = Options(),
) -> Optional[Run]: ...


def claim(
    url: str, worker_id: Optional[str] = None, labels: Optional[Mapping[str, str]] = None, wait: Optional[float] = None, *,
    offers: Optional[Mapping[str, str]] = None, takeover: bool = False,
    token: Token = None, headers: Optional[Mapping[str, str]] = None, options: Options = Options(),
) -> Optional[Run]:
    """Takes a queued run that has all the `labels` and requires nothing beyond the `offers`.

    Returns when the first heartbeat of the attempt was accepted. Commands that were queued for it are obeyed by the first
    `check_control()`. Waits for a run without limit, or returns None after `wait` seconds. While the control plane is away the call is
    repeated; a refusal raises `OrchestratorError`.

    `url` is that of the API, such as http://localhost:5000/api/v1. `worker_id` defaults to host and process id, so that no two workers
    share a name. `takeover` says that one process at a time uses this `worker_id` (a pod of a StatefulSet, a systemd unit): the first claim
    of the process then takes over a run that its predecessor left behind. `token` is a bearer token, or a function that returns the newest.
    """
    api = _Api(url, token, headers, options)
    worker = worker_id or _default_worker_id()
    call = _ClaimCall(api, worker, labels, offers, takeover)
    left_behind = _LeftBehind(api, worker)
    until = None if wait is None else time.monotonic() + wait
    pace = _Pace()
    while True:
        answer = call.ask(until)
        if answer.ok and answer.body:
            try:
                return _begin(api, answer, worker, options, until)
            except RunLost as lost:
                _log.info("Run %s was lost before it began (%s). The worker claims anew.", answer.body["run"]["id"], lost.code)
                pace.fail()
        elif answer.ok:
            pace.reset()
            pace.fail()  # a host that is stopping ends waiting claims at once
        elif answer.code in _CLAIM_ANEW:
            pace.fail()
        else:
            _raise_unless_trouble(answer, pace)
        if until is not None and time.monotonic() >= until:
            return None
        if answer.status == 204:
            left_behind.look()
        pace.sleep(until)


def attach(
    url: str, run_id: str, worker_id: Optional[str] = None, resume_from: Optional[Tuple[int, int]] = None, *,
    offers: Optional[Mapping[str, str]] = None,
    token: Token = None, headers: Optional[Mapping[str, str]] = None, options: Options = Options(),
) -> Run:
    """Takes one certain run, for a scheduler that started this worker for it.

    A run that no worker reported for in its current attempt is claimed. Otherwise this process is a successor: it begins a new attempt,
    from `resume_from` (step and checkpoint version) or, by default, from the newest checkpoint that the control plane knows. For that the
    token must be allowed to begin attempts. A run that ended, or that another worker took meanwhile, raises `RunLost`. The rest is as for
    `claim`.
    """
    api = _Api(url, token, headers, options)
    worker = worker_id or _default_worker_id()
    path = f"runs/{urllib.parse.quote(run_id, safe='')}"
    call = _ClaimCall(api, worker, offers=offers, run_id=run_id)
    key = f"attach-{uuid.uuid4().hex}"
    pace = _Pace()
    refused: list[Tuple[int, _Answer]] = []  # claims, each with the attempt that it was for
    while True:
        answer = _run_or_fault(api.get(path))
        run = answer.body
        if answer.ok and run.get("end_reason"):
            raise RunLost("run_ended")
        is_held = answer.ok and bool(refused) and refused[-1][0] == run["attempt"]
        if is_held and (run.get("state") != "provisioning" or len(refused) > 2):
            raise OrchestratorError(f"the control plane refused: {refused[-1][1]}")
        if answer.ok and (is_held or run.get("runtime_status")):
            body = {
                "worker_id": worker,
                "expected_attempt": run["attempt"],
                "reason": "the worker was started again",
                "actor": {"type": "system", "id": worker},
            }
            if resume_from is not None:
                body["resume_from"] = {"step": resume_from[0], "checkpoint_version": resume_from[1]}
            answer = _run_or_fault(api.post(f"{path}/attempts", body, f"{key}-{run['attempt']}"))
            run = answer.body
        if answer.ok:
            answer = call.ask(time.monotonic())
            if answer.ok and answer.body:
                begun = _begin(api, answer, worker, options, None)
                assert begun is not None
                return begun
            if answer.code == "invalid_state":
                refused.append((run["attempt"], answer))
        if answer.code == "run_ended":
            raise RunLost(answer.code)
        if answer.ok or answer.code in _CLAIM_ANEW or answer.code == "invalid_state" and refused:
            pace.fail()
        else:
            _raise_unless_trouble(answer, pace)
        pace.sleep(None)


# The answer to a claim whose Idempotency-Key does not stand for a current attempt any more.
_CLAIM_ANEW = frozenset(("idempotency_key_reused", "stale_attempt"))

# The names under which this process has claimed: only the first claim of a process may take over.
_claimed: set[tuple[str, str]] = set()


class _ClaimCall:
    """The calls of one claim. A call whose answer was lost is repeated with its Idempotency-Key; every other one has a new key."""

    def __init__(
        self, api: _Api, worker_id: str, labels: Optional[Mapping[str, str]] = None, offers: Optional[Mapping[str, str]] = None,
        takeover: bool = False, run_id: Optional[str] = None,
    ) -> None:
        self._api = api
        self._name = (api.url, worker_id)
        self._takeover = takeover
        self._members: dict[str, Any] = {"worker_id": worker_id}
        optional = {"labels": dict(labels or {}), "offers": dict(offers or {}), "run_id": run_id}
        self._members.update((name, value) for name, value in optional.items() if value)
        self._body: Optional[dict[str, Any]] = None
        self._key = ""

    def ask(self, until: Optional[float]) -> _Answer:
        """Makes a call that waits for a run until then. An answer that is ok holds a run, or nothing."""
        left = _LONGEST_POLL if until is None else round(max(0.0, min(_LONGEST_POLL, until - time.monotonic())), 3)
        if self._body is None or self._body["wait"] > left:
            self._key = uuid.uuid4().hex
            self._body = {**self._members, "wait": left}
            if self._takeover and self._name not in _claimed:
                self._body["takeover"] = True
        answer = self._api.post("runs/claim", self._body, self._key, left)
        if answer.ok and answer.status != 204 and not _is_run(answer.body.get("run")):
            answer = _Answer(0, fault="the answer is no run")
        if not answer.trouble:
            self._body = None
            _claimed.add(self._name)
        return answer._replace(body={}) if answer.status == 204 else answer


class _LeftBehind:
    """Looks for a run that this worker's name still holds, and logs how to get it: a claim without `takeover` never does."""

    _LOOKS = 6
    _BETWEEN_LOOKS = 30.0

    def __init__(self, api: _Api, worker_id: str) -> None:
        self._api = api
        self._worker_id = worker_id
        self._left = self._LOOKS  # a silent run is not stale at once
        self._not_before = 0.0

    def look(self) -> None:
        if self._left == 0 or time.monotonic() < self._not_before:
            return
        self._left -= 1
        self._not_before = time.monotonic() + self._BETWEEN_LOOKS
        try:
            answer = self._api.get("runs?limit=500&state=running&state=paused&state=errored&state=terminating")
            if not answer.ok:
                raise OrchestratorError(str(answer))
            for run in answer.body.get("runs", []):
                if run["worker_id"] == self._worker_id and run["health_status"] != "healthy":
                    _log.warning(
                        "The name %s holds run %s, attempt %s, silent since %s, so this claim does not get it. To take it over, claim with "
                        "takeover=True (if one process at a time uses the name), or begin a new attempt: POST %sruns/%s/attempts.",
                        self._worker_id, run["id"], run["attempt"], run["last_heartbeat_at"], self._api.url, run["id"])
                    self._left = 0
                    return
        except Exception as fault:  # it is a service; the claim waits all the same
            _log.debug("Runs under the name %s were not looked for: %s.", self._worker_id, _text_of(fault))
            self._left = 0


def _begin(api: _Api, answer: _Answer, worker_id: str, options: Options, until: Optional[float]) -> Optional[Run]:
    """Begins a run that was handed out. Returns None where its first heartbeat was not accepted in time."""
    claim_id = answer.body.get("claim_id")
    run = Run(api, answer.body["run"], claim_id if isinstance(claim_id, str) else None, worker_id, options)
    return run if run._begin(None if until is None else max(until, time.monotonic() + options.timeout)) else None


def _default_worker_id() -> str:
    return f"{socket.gethostname()}-{os.getpid()}"


def _is_run(record: Any) -> bool:
    return isinstance(record, dict) and isinstance(record.get("id"), str) and isinstance(record.get("attempt"), int)


def _run_or_fault(answer: _Answer) -> _Answer:
    return answer if not answer.ok or _is_run(answer.body) else _Answer(0, fault="the answer is no run")


def _raise_unless_trouble(answer: _Answer, pace: _Pace) -> None:
    if not answer.trouble:
        raise OrchestratorError(f"the control plane refused: {answer}")
    if pace.failures == 0:
        _log.warning("The control plane does not answer (%s). The call is repeated until it does.", answer)
    pace.fail(answer.retry_after)


# The run


@dataclass
class _Ending:
    """The call that reports the end of a run, and the one to make instead where an operator ended the run meanwhile."""

    state: str
    outcome: str
    body: dict[str, Any]
    report: Optional[_Report] = None
    instead: Optional[_Ending] = None
    key: str = field(default_factory=lambda: uuid.uuid4().hex)


class Run:
    """A run in the hands of this worker, for one attempt. Every method may be called from any thread."""

    def __init__(self, api: _Api, record: Mapping[str, Any], claim_id: Optional[str], worker_id: str, options: Options) -> None:
        """Use `claim` or `attach`."""
        self.record = record
        """The run as the control plane handed it out."""
        self.id: str = record["id"]
        self.attempt: int = record["attempt"]
        self.manifest: dict[str, Any] = record.get("launch_manifest") or {}
        """What the creator of the run wants it to do."""
        self.overrides: dict[str, Any] = record.get("overrides") or {}
        self.resume_point = ResumePoint.read(record.get("resume_point"))
        """The checkpoint to continue from. None: there is none, begin from scratch."""
        self.step: int = record.get("current_step") or 0
        """The step that the counters of this attempt began with; usually 0."""
        self.outcome: Optional[str] = None
        """How the run ended: completed, failed, errored, terminated, handed_back or lost; refused where the control plane did not accept
        the end, and undelivered where it could not be reached. None before the end."""

        self._api = api
        self._options = options
        self._actor = {"type": "system", "id": worker_id}
        self._path = f"runs/{urllib.parse.quote(self.id, safe='')}"
        self._fence = {"attempt": self.attempt, **({} if claim_id is None else {"claim_id": claim_id})}
        self._process = os.getpid()
        self._sieve = _Sieve(self.id)
        self._rate = _Rate()
        # Written by the loop, read by the thread. Each is replaced as a whole, so that a report takes no lock.
        self._numbers = _Numbers(record)
        self._report = _Report(self._numbers.step)
        self._sent: Optional[_Report] = None
        self._status = _RUNNING
        self._ending: Optional[_Ending] = None
        # Written by the thread or a signal handler, read by the loop when the bell rings. _bell and _over are SimpleQueues: a signal
        # handler may use nothing else, because it may have interrupted a holder of the lock that any other would take.
        self._commands = _Commands()
        self._lost: Optional[RunLost] = None
        self._signal: Optional[int] = None
        self._bell: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._over: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._stop: Optional[Stop] = None
        self._terminate: Optional[_Command] = None
        self._control = threading.RLock()  # one thread obeys; the others wait with it while the run is paused
        # Used by the thread alone.
        self._beat_numbers = _BeatNumbers(record)
        self._refusal = ""
        self._tried_status = _RUNNING
        self._next_beat = 0.0
        self._beats, self._answers, self._ends = _Pace(), _Pace(), _Pace(_LONGEST_WAIT_OF_AN_END)
        self._unknown_since: Optional[float] = None
        self._troubles: set[str] = set()
        self._end_was_taken = False
        self._end_was_refused = False
        self._is_last_try = False  # set by the loop when the time for the end is over

        self._wake = threading.Event()
        self._closed = threading.Event()
        self._handlers: dict[int, Any] = {}
        self._caught: Optional[int] = None
        self._is_hurried = False
        self._child_was_warned = False
        self._thread = threading.Thread(target=self._talk, name=f"orchestrator {self.id}", daemon=True)

    # What the training calls

    def report(
        self, step: int, loss: Optional[float] = None, *, samples_per_sec: Optional[float] = None, samples: Optional[float] = None,
        checkpoint_version: Optional[int] = None, checkpoint_uri: Optional[str] = None, metrics: Optional[Mapping[str, float]] = None,
    ) -> None:
        """Reports the progress of the training. Makes no call: the next heartbeat takes the newest numbers. Never raises.

        `samples` is the number processed since the report before, from which the rate is worked out where `samples_per_sec` is absent. What
        is absent was not measured; loss, rate and metrics that no heartbeat has taken yet are kept until one does. A loss may be NaN or
        infinite. Within an attempt step and checkpoint never go back: after a roll-back the highest ones are sent until the training has
        caught up. At most 64 metrics are sent.
        """
        if self._is_in_child():
            return
        sieve, before = self._sieve, self._report
        unsent = _Report(before.step) if before is self._sent else before
        processed = sieve.number("samples", samples)
        given = _Report(
            _first(sieve.counter("step", step), before.step),
            sieve.number("loss", loss),
            sieve.number("samples_per_sec", samples_per_sec),
            _first(sieve.counter("checkpoint_version", checkpoint_version), before.checkpoint_version),
            sieve.text("checkpoint_uri", checkpoint_uri, _LONGEST_URI),
            sieve.metrics("metrics", metrics))
        rate = None if processed is None else self._rate.add(processed)
        if given.samples_per_sec is not None:
            rate = max(given.samples_per_sec, 0.0)
        is_same = given.checkpoint_version == before.checkpoint_version
        self._report = given._replace(
            loss=_first(given.loss, unsent.loss),
            samples_per_sec=_first(rate, unsent.samples_per_sec),
            checkpoint_uri=_first(given.checkpoint_uri, before.checkpoint_uri if is_same else None),
            metrics=_first(given.metrics, unsent.metrics))

    def check_control(self, on_tune: Optional[OnTune] = None) -> None:
        """Obeys the commands that arrived. Costs next to nothing when there are none.

        A pause holds it here until there is a resume. `on_tune` gets the tunables by name, and returns those that are now in force, or None
        for exactly what was asked; a ValueError rejects them with its text. What ends the loop is raised, also by every later call. In a
        process that was forked from the worker it returns at once.
        """
        if self._is_in_child():
            return
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
        """Makes `check_control` raise `Interrupted`. For a signal handler of your own."""
        self._signal = int(signum)
        self._bell.put(None)

    @property
    def interrupted(self) -> bool:
        """Whether this process has to end. A loop that claims one run after the other ends by it."""
        return self._signal is not None

    def complete(self, reason: Optional[str] = None) -> bool:
        """Reports that the training is done, with its last numbers. Returns whether the control plane accepted it."""
        return self._end(self._ending_as("completed", "completed", reason))

    def fail(self, reason: str) -> bool:
        """Reports that the training failed for good, with its last numbers. Returns whether the control plane accepted it."""
        return self._end(self._ending_as("failed", "failed", reason))

    def hand_back(self, reason: str = "the worker is ending") -> bool:
        """Returns the run to the queue, with its last numbers. Returns whether the control plane accepted it.

        The next attempt may continue from the checkpoint that was reported last. A run that an operator ended meanwhile is reported as
        terminated.
        """
        ending = self._ending_as("queued", "handed_back", reason)
        ending.instead = self._ending_as("terminated", "terminated", "ended by an operator while it was handed back")
        return self._end(ending, _HAND_BACK_SECONDS)

    def close(self) -> None:
        """Ends the heartbeats without reporting an end."""
        if self._process != os.getpid():
            return
        self._closed.set()
        self._wake.set()
        self._give_signals_back()

    def __enter__(self) -> Run:
        return self

    def __exit__(self, kind: Optional[Type[BaseException]], fault: Optional[BaseException], trace: Optional[TracebackType]) -> bool:
        if self._process == os.getpid():
            try:
                self._end_by(self._stop if fault is None else fault)
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
            self._terminate = command  # acknowledged when the training has ended: until then the control plane waits for it
            self._wake.set()
            return
        else:
            answer = {"outcome": "rejected", "reason": "This worker does not know this type of command."}
        # The status is set first: no heartbeat may report the old one after the acknowledgement.
        self._acknowledge(command, answer)

    def _tune(self, asked: Mapping[str, float], on_tune: Optional[OnTune]) -> dict[str, Any]:
        if on_tune is None:
            return {"outcome": "rejected", "reason": "This worker cannot be tuned."}
        try:
            in_force = on_tune(asked)
        except ValueError as fault:
            return {"outcome": "rejected", "reason": _fit(fault, _LONGEST_REASON)}
        except Exception as fault:
            _log.exception("Run %s: on_tune failed, so the tune was rejected.", self.id)
            return {"outcome": "rejected", "reason": type(fault).__name__}
        applied = self._sieve.metrics("what on_tune returned", in_force)
        return {"outcome": "applied"} if applied is None else {"outcome": "applied", "applied": applied}

    def _acknowledge(self, command: _Command, answer: dict[str, Any]) -> None:
        self._commands.acknowledge(command, {**answer, "step": self._report.step, **self._fence})
        self._wake.set()

    # The end

    def _end_by(self, fault: Optional[BaseException]) -> None:
        """Reports the end that follows from how the block ended."""
        if self.outcome is not None:
            return
        stop = fault if isinstance(fault, Terminated) else self._stop
        if isinstance(fault, RunLost) or self._lost is not None:
            self.outcome = "lost"
        elif fault is None:
            self.complete()
        elif isinstance(stop, Terminated):
            text = None if stop is fault else _text_of(fault)
            reason = stop.reason if text is None else f"{stop.reason}; then {text}"
            self._end(self._ending_as("terminated", "terminated", reason, text))
        elif isinstance(fault, Interrupted):
            self.hand_back(f"interrupted: {fault}")
        elif isinstance(fault, GeneratorExit) and self._signal is None:
            text = "the block was abandoned (GeneratorExit)"
            self._end(self._ending_as("errored", "errored", text, text), _HAND_BACK_SECONDS)
        elif not isinstance(fault, (Exception, SystemExit)):
            self.hand_back(f"interrupted: {_text_of(fault)}")  # KeyboardInterrupt, or a task that was cancelled
        elif self._was_interrupted(fault):
            self.hand_back(f"interrupted: signal {self._signal}, then {_text_of(fault)}")
        elif isinstance(fault, SystemExit) and not fault.code:
            self.complete()
        else:
            code = getattr(fault, "code", None)
            text = f"exit code {_fit(code, _LONGEST_MESSAGE)}" if isinstance(fault, SystemExit) else _text_of(fault)
            self._end(self._ending_as("errored", "errored", text, text))

    def _was_interrupted(self, fault: BaseException) -> bool:
        """Returns whether a signal is the cause: SIGTERM to a process group may end a child first, whose end raises here."""
        until = time.monotonic() + (0.0 if isinstance(fault, SystemExit) and not fault.code else _SIGNAL_SECONDS)
        try:
            while self._signal is None and time.monotonic() < until:
                time.sleep(0.02)
        except KeyboardInterrupt:
            self.hand_back(f"interrupted: {_text_of(fault)}, then KeyboardInterrupt")
            raise
        return self._signal is not None

    def _ending_as(self, state: str, outcome: str, reason: Optional[str], message: Optional[str] = None) -> _Ending:
        body: dict[str, Any] = {"to_state": state, "actor": self._actor, **self._fence}
        if reason:
            body["reason"] = _fit(reason, _LONGEST_REASON)
        if message:
            body["status_message"] = _fit(message, _LONGEST_MESSAGE)
        return _Ending(state, outcome, body, self._report)

    def _end(self, ending: _Ending, at_most: float = float("inf")) -> bool:
        if self._is_in_child() or self.outcome is not None:
            return False
        self.outcome = "undelivered"
        seconds = min(self._options.goodbye, at_most)
        try:
            if self._terminate is not None:
                self._acknowledge(self._terminate, {"outcome": "applied"})
            self._ending = ending
            self._wake.set()
            if not sys.is_finalizing():  # then there are no threads any more
                self._over.get(timeout=seconds)
        except queue.Empty:
            self._end_once_more()
        finally:
            self._conclude(self._ending or ending, seconds)
            self.close()
        return self._end_was_taken

    def _end_once_more(self) -> None:
        """Reports the end a last time: the outage may have ended during the last pause."""
        self._is_last_try = True
        self._wake.set()
        try:
            self._over.get(timeout=_LONGEST_WAIT_OF_AN_END)
        except queue.Empty:
            pass

    def _conclude(self, ending: _Ending, seconds: float) -> None:
        if self._lost is not None:
            self.outcome = "lost"
        elif self._end_was_taken:
            self.outcome = ending.outcome
        elif self._end_was_refused:
            self.outcome = "refused"
        else:
            _log.error(
                "Run %s: the control plane did not accept within %.0f s that the run is %s. The worker ends; the run will be reported as "
                "silent. To set its state by hand: POST %s%s/transitions {\"to_state\": \"%s\"}.",
                self.id, seconds, ending.outcome.replace("_", " "), self._api.url, self._path, ending.state)

    # The thread

    def _begin(self, until: Optional[float]) -> bool:
        """Sends the first heartbeat, in the calling thread, until it is accepted, and starts the thread. Returns False when it is too late.

        So no training begins that another attempt has replaced, or before a pause that was carried over from the attempt before.
        """
        pace = _Pace()
        while True:
            answer = self._beat(self._report, _RUNNING)
            if answer.ok:
                if self._beat_numbers.was_counted(answer):
                    break
            elif answer.code in _LOST or answer.code == "run_not_found":
                raise RunLost(answer.code)
            elif not self._numbers.amend(answer):
                if answer.code in _FINAL:
                    raise OrchestratorError(f"the control plane refused: {answer}")
                if pace.failures == 0:
                    _log.warning("Run %s: the first heartbeat was not accepted (%s). It is repeated until it is.", self.id, answer)
                pace.fail(answer.retry_after)
            if until is not None and time.monotonic() >= until:
                _log.warning("Run %s was claimed, but its first heartbeat was not accepted in time. A later claim may get it.", self.id)
                return False
            pace.sleep(until)
        self._receive(answer.body.get("commands"))
        self._schedule_beat()
        self._take_signals()
        self._thread.start()
        return True

    def _talk(self) -> None:
        while not (self._closed.is_set() or self._end_was_taken or self._end_was_refused or self._lost is not None):
            self._wake.clear()
            try:
                wait = self._turn(time.monotonic())
            except Exception:
                _log.exception("Run %s: a call failed by a fault of this client. The heartbeats continue.", self.id)
                for pace in (self._beats, self._answers, self._ends):
                    pace.fail()
                wait = 1.0
            if wait > 0:
                self._wake.wait(wait)
        self._over.put(None)

    def _turn(self, now: float) -> float:
        """Makes the one call that is due. Returns for how long there is none."""
        report, status, ending = self._report, self._status, self._ending
        acknowledgement = self._commands.first_unsent
        if acknowledgement is not None and now >= self._answers.not_before and not self._is_last_try:
            self._send_acknowledgement(acknowledgement)
            return 0.0
        due = [] if acknowledgement is None else [self._answers.not_before]
        if ending is None:
            due.append(self._beats.not_before if status != self._tried_status else max(self._next_beat, self._beats.not_before))
            if now >= due[-1]:
                self._send_heartbeat(report, status)
                return 0.0
        elif self._is_last_try or acknowledgement is None or self._answers.failures > 2 or (
            self._answers.not_before > now + _LONGEST_WAIT_OF_AN_END
        ):
            due.append(0.0 if self._is_last_try else self._ends.not_before)
            if now >= due[-1]:
                self._send_ending(ending)
                return 0.0
        return max(0.0, min(due) - now)

    def _beat(self, report: _Report, status: str) -> _Answer:
        body = {"run_id": self.id, **self._fence, **self._beat_numbers.next(), "status": status, **self._numbers.of(report)}
        if status == _PAUSED:
            body["samples_per_sec"] = 0.0
        return self._api.post(f"{self._path}/heartbeat?commands={_COMMANDS_A_BEAT}", body)

    def _send_heartbeat(self, report: _Report, status: str) -> None:
        self._tried_status = status
        answer = self._beat(report, status)
        self._schedule_beat()
        if answer.code == "heartbeat_throttled":
            self._next_beat = time.monotonic() + max(answer.retry_after, 0.1)
        elif self._is_settled(answer, self._beats):
            if answer.ok:
                self._sent = report
                self._receive(answer.body.get("commands"))
                if not self._beat_numbers.was_counted(answer):
                    self._next_beat = time.monotonic()
            elif self._lost is None:
                self._numbers.amend(answer)
                level = logging.DEBUG if self._refusal == answer.code else logging.ERROR
                _log.log(level, "Run %s: a heartbeat was refused (%s). The training continues.", self.id, answer)
            self._refusal = answer.code
        else:
            self._next_beat = self._beats.not_before

    def _schedule_beat(self) -> None:
        self._next_beat = time.monotonic() + self._options.interval * random.uniform(0.95, 1.0)

    def _receive(self, sent: Any) -> None:
        read = [_Command.read(command) for command in sent] if isinstance(sent, list) else []
        if None in read:
            _log.error("Run %s: a command that cannot be read was left out.", self.id)
        self._commands.receive(command for command in read if command is not None)
        if read:
            self._bell.put(None)

    def _send_acknowledgement(self, acknowledgement: _Acknowledgement) -> None:
        command = urllib.parse.quote(acknowledgement.command_id, safe="")
        answer = self._api.post(f"{self._path}/commands/{command}/ack", acknowledgement.body)
        if self._is_settled(answer, self._answers):
            self._commands.settle()
            if not answer.ok and self._lost is None:
                _log.error("Run %s: the acknowledgement of command %s was refused (%s).", self.id, acknowledgement.command_id, answer)

    def _send_ending(self, ending: _Ending) -> None:
        is_last_try, self._is_last_try = self._is_last_try, False
        final = {} if ending.report is None else self._numbers.of(ending.report)
        measured = {name: value for name, value in final.items() if value is not None}
        answer = self._api.post(f"{self._path}/transitions", {**ending.body, "final": measured}, ending.key)
        if ending.instead is not None and answer.code == "invalid_transition" and answer.details.get("from") == _TERMINATING:
            self._ending = ending.instead
        elif self._is_settled(answer, self._ends) and self._lost is None and not self._numbers.amend(answer):
            self._end_was_taken = answer.ok
            self._end_was_refused = not answer.ok
            if not answer.ok:
                _log.error("Run %s: the control plane refused that the run is %s (%s).", self.id, ending.outcome.replace("_", " "), answer)
        if is_last_try:
            self._over.put(None)

    def _is_settled(self, answer: _Answer, pace: _Pace) -> bool:
        """Returns False when the call has to be made again later."""
        now = time.monotonic()
        if answer.code in _LOST:
            self._lose(answer.code)
            return True
        if answer.code == "run_not_found":
            if self._unknown_since is None:
                self._unknown_since = now
                _log.warning(
                    "Run %s: the control plane does not know the run (%s). It may have been restarted without a durable store. The "
                    "training continues and the worker asks again; after %.0f s the run counts as lost.",
                    self.id, answer, self._options.not_found_for)
            elif now - self._unknown_since >= self._options.not_found_for:
                self._lose(answer.code)
                return True
        elif answer.ok:
            self._unknown_since = None
        # Everything else is temporary: a token may be renewed, and a gateway may learn the way.
        if not answer.ok and answer.code not in _FINAL:
            kind = answer.fault or f"{answer.status} {answer.code}"
            level = logging.DEBUG if kind in self._troubles else logging.WARNING
            _log.log(level, "Run %s: the control plane cannot be reached (%s). The training continues.", self.id, answer)
            self._troubles.add(kind)
            pace.fail(answer.retry_after)
            return False
        if self._troubles:
            _log.info("Run %s: the control plane answers again.", self.id)
            self._troubles.clear()
        pace.reset()
        return True

    def _lose(self, code: str) -> None:
        _log.warning("Run %s is lost: %s.", self.id, code)
        self._lost = RunLost(code)
        self._bell.put(None)

    # Signals and forks

    def _take_signals(self) -> None:
        if threading.current_thread() is threading.main_thread():
            for signum in self._options.signals:
                self._handlers[signum] = signal.signal(signum, self._on_signal)

    def _give_signals_back(self) -> None:
        """Restores the handlers from before, but not where another one was installed meanwhile."""
        if threading.current_thread() is not threading.main_thread():
            return
        restored = {signum for signum in self._handlers if signal.getsignal(signum) == self._on_signal}
        for signum in restored:
            handler = self._handlers[signum]
            signal.signal(signum, signal.SIG_DFL if handler is None else handler)
        caught, self._caught = self._caught, None
        if caught in restored and (self._is_hurried or not (isinstance(self._stop, Interrupted) or self.outcome == "handed_back")):
            signal.raise_signal(caught)  # it came too late for this run: the handler from before takes it

    def _on_signal(self, signum: int, frame: Any) -> None:
        if os.getpid() != self._process:
            # A process that was forked from this one, such as one that loads data, ends as it would without this client.
            _pass_on(signal.SIG_DFL, signum, frame)
        elif self._closed.is_set():
            _pass_on(self._handlers.get(signum), signum, frame)  # called by a handler that replaced this one
        else:
            self._is_hurried = self._ending is not None and self._signal is not None
            self._caught = signum
            self.interrupt(signum)
            if self._is_hurried:
                self._over.put(None)  # a second signal ends the wait for the control plane

    def _is_in_child(self) -> bool:
        """Returns whether this is a fork of the worker's process, in which no thread sends what is reported. Logs it once."""
        if self._process == os.getpid():
            return False
        if not self._child_was_warned:
            self._child_was_warned = True
            _log.warning(
                "Run %s: process %d was forked from the worker. Its reports are not sent and commands do not reach it: report in "
                "process %d, or claim in the process that trains.", self.id, os.getpid(), self._process)
        return True


def _pass_on(handler: Any, signum: int, frame: Any) -> None:
    if callable(handler):
        handler(signum, frame)
    elif handler != signal.SIG_IGN:
        signal.signal(signum, signal.SIG_DFL)
        os.kill(os.getpid(), signum)
