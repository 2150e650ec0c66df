"""The routes."""

import time

import msgspec
from flask import Response, request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from service import openapi
from service.documents import (
    JSON,
    MAX_BODY,
    Counted,
    Health,
    Index,
    Prediction,
    Predictions,
    label_types,
    new_id,
    said_by,
    sample_types,
)
from service.problems import Invalid, decode
from service.traffic import PROBE


def register(app, model, metrics, log, fault=""):
    """Add the routes to `app`: answered with `model`, counted with `metrics`, kept by `log`; for `fault` see app.py."""
    sample, samples = sample_types(model.features)
    predictions(app, model, metrics, log, fault, sample, samples)
    label, labels = label_types(model.classes)
    outcomes(app, metrics, label, labels)
    pages(app, model, metrics, lambda: openapi.describe(sample, samples, label, labels, model.version))


def predictions(app, model, metrics, log, fault, sample, samples):
    """POST /predict, for bodies of the types `sample` and `samples`."""
    one, several = msgspec.json.Decoder(sample), msgspec.json.Decoder(samples)
    numbers = msgspec.structs.astuple

    def classify(samples):
        if fault:
            stumble(fault, samples)
        labels, probabilities, errors = model.predict(samples)
        if PROBE not in request.headers:  # one wine, again and again, would look like drift
            metrics.predicted(samples, labels, probabilities, errors)
        answers = [model.classes[label] for label in labels]
        found = [
            Prediction(new_id(model.version, name), name, dict(zip(model.classes, row, strict=True)), model.version)
            for name, row in zip(answers, probabilities, strict=True)
        ]
        log.keep(samples, found)
        return found

    @app.post("/predict")
    def predict():
        metrics.in_progress.inc()
        try:
            given = read(one, several, "samples")
            if isinstance(given, samples):
                return answer(Predictions(classify([numbers(sample) for sample in given.samples])))
            return answer(classify([numbers(given)])[0])
        finally:
            metrics.in_progress.dec()


def outcomes(app, metrics, label, labels):
    """POST /labels, for bodies of the types `label` and `labels`."""
    one, several = msgspec.json.Decoder(label), msgspec.json.Decoder(labels)

    @app.post("/labels")
    def take():
        given = read(one, several, "labels")
        counted = Counted(0, 0, 0)
        for one_label in given.labels if isinstance(given, labels) else [given]:
            version, said = said_by(one_label.id)
            truth = one_label.cultivar
            outcome = "unknown" if truth is None else "right" if truth == said else "wrong"
            metrics.labelled(version, outcome)
            setattr(counted, outcome, getattr(counted, outcome) + 1)
        return answer(counted)


def pages(app, model, metrics, describe):
    """The pages that tell of the service; `describe()` is its OpenAPI document."""

    @app.get("/healthz")
    @metrics.do_not_track()
    def healthz():
        return answer(Health("alive", model.version))

    @app.get("/readyz")
    @metrics.do_not_track()
    def readyz():
        return answer(Health("ready", model.version))  # the model was loaded before the first request could arrive

    @app.get("/")
    def index():
        links = {
            "predict": "/predict",
            "labels": "/labels",
            "openapi": "/openapi.json",
            "alive": "/healthz",
            "ready": "/readyz",
        }
        return answer(Index("Which of three cultivars a wine was made of", model.version, links))

    @app.get("/openapi.json")
    def document():
        return answer(describe())


def read(one, several, name):
    """What the body holds, decoded by `one`, or by `several` where it has the field `name`.

    Raises Invalid, and what becomes 415 or 413.
    """
    if request.mimetype != JSON or request.environ.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity":
        raise UnsupportedMediaType
    body = request.get_data(cache=False)
    if len(body) == MAX_BODY:  # where Werkzeug cuts a longer body that came without a length
        raise RequestEntityTooLarge
    try:
        return decode(body, one)
    except Invalid as error:
        if error.field != name:
            raise
    return decode(body, several)


def answer(document):
    """The response that holds `document` as JSON."""
    return Response(msgspec.json.encode(document), content_type=JSON)


def stumble(fault, samples):
    """Be the broken release that `fault` names, for requests that hold a wine of 13 % vol or more."""
    if any(alcohol >= 13 for alcohol, *_ in samples):
        if fault == "error":
            raise RuntimeError("This release fails for strong wines (WINE_FAULT=error).")
        time.sleep(0.3)
