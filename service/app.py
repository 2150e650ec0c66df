"""The application factory."""

from flask import Flask, Request

from service import api, problems, settings
from service.documents import MAX_BODY
from service.logs import PredictionLog
from service.metrics import Metrics
from service.model import FOLDER, Model
from service.traffic import METHODS


class Service(Flask):
    """A Flask without asynchronous views."""

    def ensure_sync(self, func):
        """Flask asks this of every function that it calls; to look costs 2 us, five times a request."""
        return func


class KnownMethods(Request):
    """A request whose method is a known one or OTHER, because the method becomes a label of metrics."""

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.method not in METHODS:
            self.method = "OTHER"


def create_app():
    """The service.

    WINE_FAULT makes it a broken release: "slow" or "error" for requests with a wine of >= 13 % vol.
    WINE_MODEL is the folder of its model, the one in the image if it is not set.
    WINE_LOG_SHARE is the share of predictions, from 0 (the default) to 1, that the log keeps; see logs.py.
    """
    fault = settings.choice("WINE_FAULT", ["slow", "error"])
    log_share = settings.share("WINE_LOG_SHARE", 0)
    model = Model(settings.folder("WINE_MODEL", FOLDER))
    if fault:
        model.version += f"-{fault}"

    app = Service("service", static_folder=None)
    app.request_class = KnownMethods
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY, PROVIDE_AUTOMATIC_OPTIONS=False)
    metrics = Metrics(app, model)
    problems.register(app, metrics)
    log = PredictionLog(log_share, [one["name"] for one in model.features])
    api.register(app, model, metrics, log, fault)
    app.extensions |= {"traffic": metrics.traffic, "outcomes": metrics.outcomes}
    return app
