"""Locust, which plays users: through its page's HTTP API, or as a process of this machine."""

import contextlib
import io
import json
import sys
import time

import pandas as pd
import requests

from workbook.machine import WorkbookError
from workbook.processes import Process, free_ports
from workbook.waiting import TimedOut, eventually

COMMAND = (sys.executable, "-m", "locust", "-f", "loadtest/locustfile.py")
CLASSES = ("WineUser", "BadUser", "DriftingUser")


class Locust:
    """A running Locust, by the address of its page."""

    def __init__(self, url):
        self.url = url

    def swarm(self, users, *classes, minutes):
        """Let `users` of these classes send requests from now on, for at most `minutes`."""
        self._post("stop")
        form = {"user_count": users, "spawn_rate": users, "user_classes": classes, "run_time": f"{minutes}m"}
        answer = self._post("swarm", form)
        if not answer["success"]:
            raise WorkbookError(f"Locust did not start: {answer['message']}")

    def raise_until(self, enough, *classes, users=20, most=640, every=40):
        """Double the users every so many seconds until `enough()` is true; return how many they are then.

        So a lesson needs no number that fits one machine alone. Raises TimedOut, with the load stopped, where `most`
        users are not enough.
        """
        while True:
            print(f"\r{users} users", end="", flush=True)
            self.swarm(users, *classes, minutes=15)
            try:
                eventually(enough, every, f"{users} users to be enough", quiet=True)
                print("\r" + " " * 12 + "\r", end="")
                return users
            except TimedOut:
                if users >= most:
                    self.stop()
                    raise
                users *= 2

    def report(self):
        """What it counted since the last swarm began: its JSON as a dict."""
        return requests.get(f"{self.url}/stats/requests", timeout=30).json()

    def sent(self):
        """How many requests it has counted since the last swarm began."""
        return tally(self.report())["sent"]

    def answered(self, seconds):
        """How many of its requests are answered as they should be in the next so many seconds."""

        def total():
            counted = tally(self.report())
            return counted["sent"] - counted["refused"] - counted["failed"]

        before = total()
        time.sleep(seconds)
        return total() - before

    def labels(self):
        """What its Laboratory has reported since the last swarm began: a row for each label, with the `id` of the answer
        and the `cultivar`, which is missing where nobody could tell."""

        def table():
            answer = requests.get(f"{self.url}/labels.csv", timeout=30)
            answer.raise_for_status()
            return answer.text

        return pd.read_csv(io.StringIO(eventually(table, 60, "the laboratory", quiet=True)))

    def stop(self):
        """Stop, wait for what is under way, and return the report."""
        self._post("stop")
        return eventually(self._stopped, 60, "Locust to stop", quiet=True)

    def _stopped(self):
        report = self.report()
        return report["state"] in ("ready", "stopped") and report

    def _post(self, what, form=None):
        """Tell Locust something, again while a port-forward finds its way to a new pod."""
        url = f"{self.url}/{what}"
        return eventually(lambda: requests.post(url, data=form, timeout=60), 60, "Locust", quiet=True).json()


def tally(report):
    """How many requests of a report were sent, how many of them refused for want of room (503), how many failed."""
    total = report["stats"][-1]  # of all its rows
    refused = sum(error["occurrences"] for error in report["errors"] if "code=503" in error["error"])
    return {"sent": total["num_requests"], "refused": refused, "failed": total["num_failures"] - refused}


@contextlib.contextmanager
def page(host, log):
    """Locust with its web page as a process of this machine, aimed at `host`; yields the page's address."""
    (port,) = free_ports(1)
    options = ["--host", host, "--class-picker", "--web-host", "127.0.0.1", "--web-port", port]
    with Process("Locust", [*COMMAND, *options], log) as process:
        url = f"http://127.0.0.1:{port}"
        process.until_answers(url)
        yield url


def run(host, folder, users, seconds, classes=CLASSES, open_loop=0):
    """Let `users` work for `seconds`; return Locust's JSON report: a list with a dict per method and name.

    With `open_loop` each user sends that many requests a second without waiting for answers. Failed requests are in the
    report; `processes.Failed` means that Locust itself failed. Its log and report are in `folder`.
    """
    options = ["--headless", "--only-summary", "--exit-code-on-error", 0, "--host", host, "--open-loop", open_loop]
    options += ["-u", users, "-r", users, "-t", f"{seconds}s", "--json-file", folder / "locust", *classes]
    with Process("Locust", [*COMMAND, *options], folder / "locust.log") as process:
        started = time.monotonic()
        while (status := process.wait(1)) is None:
            print(f"\rLocust: {users} users, {time.monotonic() - started:.0f} of {seconds} s", end="", flush=True)
    if status:
        raise process.failure(f"ended with status {status}")
    print(f"\rLocust: {users} users for {seconds} s")
    return json.loads((folder / "locust.json").read_text())
