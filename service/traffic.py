"""What is counted of a request before the application begins with it, and of those with which it never begins."""

from functools import cached_property

from flask import request
from prometheus_client import CollectorRegistry, Gauge, Histogram

METHODS = {"GET", "HEAD", "POST"}  # those that a route takes
UNTRACKED = {"/healthz", "/readyz"}  # whoever asks whether all is well is not among the users
PROBE = "Synthetic-Probe"  # the header of requests that only look whether all is well
WAIT_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1]  # s


class Registry(CollectorRegistry):
    """Gives back by name what was registered: the exporter keeps its metrics to itself."""

    def __init__(self):
        super().__init__()
        self.named = {}

    def register(self, collector):
        super().register(collector)
        if hasattr(collector, "describe"):
            self.named |= {family.name: collector for family in collector.describe()}


class Traffic:
    """The queue's metrics, and the exporter's for what the worker refuses.

    rejected: a function that counts a reason.
    """

    def __init__(self, app, registry, rejected):
        self._rejected = rejected
        self._map = app.url_map
        self._found = {}
        self._duration = registry.named["flask_http_request_duration_seconds"]
        self._total = registry.named["flask_http_request"]
        self.waited = Histogram(
            "wine_request_queue_seconds",
            "From the moment a request was there until a thread began with it.",
            buckets=WAIT_BUCKETS,
            registry=registry,
        ).observe
        waiting = Gauge(
            "wine_requests_waiting",
            "Requests that are not whole yet (arriving), wait for a thread (accepted), or for a worker (backlog).",
            ["where"],
            multiprocess_mode="livesum",
            registry=registry,
        )
        self._waiting = {where: waiting.labels(where) for where in ("arriving", "accepted")}
        self._waits = dict.fromkeys(self._waiting, 0)
        app.before_request(start_clock)

    def waits(self, where, count):
        """Say how many requests wait in this process; where: arriving or accepted."""
        if count != self._waits[where]:
            self._waits[where] = count
            self._waiting[where].set(count)

    def refused(self, method, path, probe, refusal, seconds):
        """Count a request that was answered with `refusal`, `seconds` after it was accepted.

        Like the exporter, leave out the health checks. What is no request to a route is one series for each status.
        """
        if path not in UNTRACKED:
            known = (method, path) in self._routes
            method, rule = (method, named(path, probe)) if known else ("OTHER", "None")
            duration, total = self._series(method, rule, refusal.status)
            duration.observe(seconds)
            total.inc()
        if refusal.status != 500:  # which is the service's own fault
            self._rejected(refusal.reason)

    def lost(self, count):
        """Count requests that ended with their worker as predictions that failed: nobody else will."""
        duration, total = self._series("POST", "/predict", 500)
        for _ in range(count):
            duration.observe(0)
            total.inc()

    def expect(self, method, rule, statuses):
        """Let these series begin at 0: what a series begins with is in no rate."""
        for status in statuses:
            self._series(method, rule, status)

    def _series(self, method, rule, status):
        """The exporter's series with these labels; looking them up would double what a refusal costs."""
        key = method, rule, status
        if key not in self._found:
            duration = self._duration.labels(method=method, url_rule=rule, status=status)
            self._found[key] = duration, self._total.labels(method=method, status=status)
        return self._found[key]

    @cached_property
    def _routes(self):
        return {(method, rule.rule) for rule in self._map.iter_rules() for method in rule.methods - {"HEAD"}}


def named(rule, probe):
    """A route as a label; those of probes have one of their own, so that they can be told from users."""
    return f"{rule} (probe)" if probe and rule else str(rule)


def url_rule(request):
    """The label of the exporter's histogram; not the path: an unknown URL must not become a label."""
    return named(request.url_rule, PROBE in request.headers)


def start_clock():
    """Let the exporter count from the moment when the connection was accepted."""
    request.prom_start_time = request.environ.get("service.accepted", request.prom_start_time)
