"""The service with parts taken away, to see what each costs: the part's first result is given again and again."""

from flask import Response
from prometheus_client import Gauge

from service import api
from service.app import create_app
from service.documents import JSON
from service.metrics import Metrics
from service.model import Model

PARTS = {
    "exporter": "the exporter's metrics of requests",
    "own": "predictions, confidence, 13 feature bins, in progress",
    "inference": "ONNX Runtime",
    "validation": "decoding and validation",
    "json": "encoding the answer",
}


def without(*parts):
    """The service's application, less the named parts."""
    if "own" in parts:
        Metrics.predicted = Gauge.inc = Gauge.dec = nothing
    if "inference" in parts:
        Model.predict = once(Model.predict, lambda model, samples: len(samples))
    if "validation" in parts:
        api.decode = once(api.decode, lambda body, decoder: decoder)
    if "json" in parts:
        encoded = once(api.msgspec.json.encode, type)
        api.answer = lambda document: Response(encoded(document), content_type=JSON)
    app = create_app()
    if "exporter" in parts:  # its metrics and its clock stay, because the service's worker sets them, too
        for hooks in (app.after_request_funcs, app.teardown_request_funcs):
            hooks[None] = [hook for hook in hooks[None] if not hook.__module__.startswith("prometheus_flask_exporter")]
    return app


def nothing(*arguments, **named):
    """Stands for what counts nothing."""


def once(function, key):
    """`function`, computed once for each `key` of its arguments."""
    known = {}

    def remembered(*arguments):
        found = key(*arguments)
        if found not in known:
            known[found] = function(*arguments)
        return known[found]

    return remembered
