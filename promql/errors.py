"""What can go wrong, as one small tree: each says for people what happened, where, and what to do next."""


class PromQLError(RuntimeError):
    """The root of this package's errors. A notebook shows the message alone, without a traceback.

    `waiting_helps` tells code that waits for a system to come up whether the same question may be answered later:
    a server that starts, a gateway that is overloaded; but not a misspelt query.
    """

    waiting_helps = False

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class Stopped(KeyboardInterrupt):
    """The reader stopped a question while it waited for its answer."""

    _render_traceback_ = PromQLError._render_traceback_


class UnsupportedPanel(PromQLError):
    """A panel or a dashboard of a kind that promql does not draw, or that says what it cannot mean."""


class RulesFailed(PromQLError):
    """Rules that promtool does not accept, or that do other than their tests expect; or no promtool to ask."""


class PrometheusError(PromQLError):
    """A question that got no answer. `status` is HTTP's, where a server gave one."""

    def __init__(self, text: str, status: int | None = None, waiting_helps: bool = False):
        super().__init__(text)
        self.status, self.waiting_helps = status, waiting_helps


class Unreachable(PrometheusError):
    """No server answers at the address, not in time, or not with a certificate that can be trusted."""


class LoginRequired(PrometheusError):
    """The server, or something in front of it, wants a login, or another one than it got."""


class MissingEndpoint(PrometheusError):
    """The server lacks a part of Prometheus's API, as an older one does, or one that only resembles it."""


class QueryError(PrometheusError):
    """Prometheus refused the query, or could not finish it: `reason` is why, the text has the query too."""

    def __init__(self, text: str, reason: str, status: int | None = None, waiting_helps: bool = False):
        super().__init__(text, status, waiting_helps)
        self.reason = reason


class TooManyPoints(PrometheusError):
    """A range query for more than 11 million points of each series, which is a thousand requests' worth."""


class InvalidTime(PrometheusError, ValueError):
    """A point in time or a duration that cannot be understood, or a range that makes no sense."""


class PrometheusWarning(UserWarning):
    """What Prometheus warned of with its answer, or why the answer is empty."""
