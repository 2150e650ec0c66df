"""The routes."""

import time

import msgspec
from flask import Response, request
from werkzeug.exceptions import RequestEntityTooLarge, UnsupportedMediaType

from service import openapi
from service.documents import JSON, MAX_BODY, Health, Index, Prediction, Predictions, sample_types
from service.problems import decode


def register(app, model, metrics, fault=""):
    """Add to `app` the routes that answer with `model` and count with `metrics`; for `fault` see app.py."""
    sample, samples = sample_types(model.features)
    one, several = msgspec.json.Decoder(sample), msgspec.json.Decoder(samples)
    numbers = msgspec.structs.astuple

    def classify(samples):
        if fault:
            stumble(fault, samples)
        labels, probabilities = model.predict(samples)
        metrics.predicted(samples, labels, probabilities)
        return [
            Prediction(model.classes[label], dict(zip(model.classes, row, strict=True)), model.version)
            for label, row in zip(labels, probabilities, strict=True)
        ]

    @app.post("/predict")
    def predict():
        metrics.in_progress.inc()
        try:
            if request.mimetype != JSON:
                raise UnsupportedMediaType
            body = request.get_data(cache=False)
            if len(body) == MAX_BODY:  # where Werkzeug cuts a longer body that came without a length
                raise RequestEntityTooLarge
            if b'"samples"' in body:  # no value of a valid body is a string: it is the key
                return answer(Predictions(classify([numbers(sample) for sample in decode(body, several).samples])))
            return answer(classify([numbers(decode(body, one))])[0])
        finally:
            metrics.in_progress.dec()

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
        links = {"predict": "/predict", "openapi": "/openapi.json", "alive": "/healthz", "ready": "/readyz"}
        return answer(Index("Which of three cultivars a wine was made of", model.version, links))

    @app.get("/openapi.json")
    def document():
        return answer(openapi.describe(sample, samples, model.version))


def answer(document):
    """The response that holds `document` as JSON."""
    return Response(msgspec.json.encode(document), content_type=JSON)


def stumble(fault, samples):
    """Be the broken release that `fault` names, for requests that hold a wine of 13 % vol or more."""
    if any(alcohol >= 13 for alcohol, *_ in samples):
        if fault == "error":
            raise RuntimeError("This release fails for strong wines (WINE_FAULT=error).")
        time.sleep(0.3)
