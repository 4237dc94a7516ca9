"""The load and the checks of eng/proxies.sh, through the proxy:

proxies.py wait ADDRESS          waits until the API answers
proxies.py create ADDRESS RUNS   creates so many runs
proxies.py watch ADDRESS         long polls and a follower of /events until every run ended; exit code 1 when something was lost
"""

from __future__ import annotations

import collections
import json
import sys
import threading
import time
import urllib.error
import urllib.request
from datetime import datetime
from typing import Any, Optional

INTERVAL = 5.0  # seconds between two heartbeats of a worker
LIMIT = 300.0  # seconds until every run must have ended


def call(url: str, body: Optional[Any] = None, timeout: float = 90.0) -> tuple[int, Any]:
    """The status of the answer and its JSON; 0 where there is no answer."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"} if data else {})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as answer:
            text = answer.read()
            return answer.status, json.loads(text) if text else None
    except urllib.error.HTTPError as refusal:
        return refusal.code, None
    except OSError:
        return 0, None


class Watch:
    """What the callers beside the workers saw."""

    def __init__(self, api: str) -> None:
        self.api = api
        self.polls: collections.Counter[int] = collections.Counter()
        self.longest_poll = 0.0
        self.events: collections.Counter[str] = collections.Counter()
        self.streams = 0
        self.beats: dict[str, list[float]] = {}
        self.runs: list[dict[str, Any]] = []

    def poll(self) -> None:
        """Claims that match no run, with the longest wait."""
        while True:
            begin = time.monotonic()
            status, _ = call(f"{self.api}/runs/claim", {"worker_id": "nothing", "labels": {"team": "none"}, "wait": 60})
            self.polls[status] += 1
            self.longest_poll = max(self.longest_poll, time.monotonic() - begin)
            if status != 204:
                time.sleep(1)

    def follow(self) -> None:
        """Reads every event once, over as many streams as it takes."""
        position = "0"
        while True:
            request = urllib.request.Request(f"{self.api}/events", headers={"Last-Event-ID": position})
            try:
                with urllib.request.urlopen(request, timeout=45) as stream:
                    self.streams += 1
                    for line in stream:
                        name, _, value = line.decode().rstrip("\n").partition(": ")
                        if name == "id":
                            position = value
                        elif name == "event":
                            self.events[value] += 1
            except OSError:
                pass
            time.sleep(0.5)

    def read(self) -> bool:
        """Notes the newest heartbeat of each run. True when all have ended."""
        status, body = call(f"{self.api}/runs?limit=500", timeout=10)
        if status != 200:
            return False
        self.runs = body["runs"]
        for run in self.runs:
            at = run.get("last_heartbeat_at")
            if at is not None:
                moment = datetime.fromisoformat(at).timestamp()  # with any number of digits: Python 3.11
                known = self.beats.setdefault(run["id"], [])
                if not known or known[-1] != moment:
                    known.append(moment)
        return all(run["state"] in ("completed", "failed", "terminated") for run in self.runs)

    def judge(self) -> bool:
        """Prints the figures. True when nothing was lost."""
        gaps = [later - earlier for beats in self.beats.values() for earlier, later in zip(beats, beats[1:])]
        lost = sum(int(gap / INTERVAL + 0.5) - 1 for gap in gaps if gap > 1.5 * INTERVAL)
        unfinished = [run["id"] for run in self.runs if run["state"] != "completed"]
        moved = [run["id"] for run in self.runs if run["attempt"] != 1]
        print(f"runs: {len(self.runs)}, not completed: {unfinished}, in another attempt: {moved}")
        print(f"heartbeats seen: {sum(map(len, self.beats.values()))}, lost: {lost}, longest gap: {max(gaps, default=0):.1f} s")
        print(f"long polls by status: {dict(self.polls)}, longest: {self.longest_poll:.1f} s")
        print(f"streams: {self.streams}, events: {dict(self.events)}")
        return not (unfinished or moved or not self.runs or self.polls[504] or self.events["run.health_changed"]) and bool(self.events)


def watch(api: str) -> int:
    seen = Watch(api)
    for reader in (seen.poll, seen.poll, seen.follow):
        threading.Thread(target=reader, daemon=True).start()
    until = time.monotonic() + LIMIT
    begin = time.monotonic()
    # A poll that was not ended by a restart must have ended by itself once.
    while (not seen.read() or time.monotonic() - begin < 110) and time.monotonic() < until:
        time.sleep(0.5)
    return 0 if seen.judge() else 1


def main(verb: str, api: str, runs: str = "0") -> int:
    if verb == "watch":
        return watch(api)
    if verb == "create":
        bodies = [{"id": f"run-{number}", "experiment_id": "proxies", "version_id": "v1"} for number in range(int(runs))]
        return 0 if all(call(f"{api}/runs", body)[0] == 201 for body in bodies) else 1
    for _ in range(300):
        if call(f"{api}/runs", timeout=2)[0] == 200:
            return 0
        time.sleep(0.1)
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
