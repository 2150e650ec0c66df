"""The services that ours is compared with. They take one sample, or a list under `samples`, as ours does."""

import pickle

import numpy as np
from flask import Flask, jsonify, request
from sklearn.datasets import load_wine
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bench.wines import FEATURES


def trained(classifier):
    """The classifier behind a scaler, as it comes out of its pickle."""
    wine = load_wine()
    model = make_pipeline(StandardScaler(), classifier).fit(wine.data, wine.target)
    return pickle.loads(pickle.dumps(model)), list(wine.target_names)


def answer(model, names, body):
    """What the peers answer to a decoded body."""
    samples = body.get("samples", [body])
    probabilities = model.predict_proba(np.array([list(sample.values()) for sample in samples]))
    found = [
        {"cultivar": names[row.argmax()], "probabilities": dict(zip(names, row.tolist(), strict=True))}
        for row in probabilities
    ]
    return {"predictions": found}


def flask_with(classifier):
    """Flask, a scikit-learn pipeline and nothing else."""
    app, (model, names) = Flask("peer"), trained(classifier)

    @app.post("/predict")
    def predict():
        return jsonify(answer(model, names, request.get_json()))

    return app


def rebuilt():
    """The system that the workbook rebuilds: gradient boosting from a pickle, with the exporter as it comes."""
    from prometheus_flask_exporter.multiprocess import GunicornPrometheusMetrics

    app = flask_with(HistGradientBoostingClassifier())
    GunicornPrometheusMetrics(app)
    return app


def flask_logistic():
    """The service's own kind of model, left in scikit-learn."""
    return flask_with(LogisticRegression(max_iter=1000))


def fastapi_logistic():
    """FastAPI with its usual instrumentation, validation by its own models, and a scikit-learn model."""
    from fastapi import FastAPI
    from prometheus_fastapi_instrumentator import Instrumentator
    from pydantic import BaseModel, create_model

    model, names = trained(LogisticRegression(max_iter=1000))
    Sample = create_model("Sample", **dict.fromkeys(FEATURES, float))  # noqa: N806

    class Samples(BaseModel):
        samples: list[Sample]

    app = FastAPI()
    Instrumentator().instrument(app).expose(app)

    @app.post("/predict")
    async def predict(body: Sample | Samples):
        return answer(model, names, body.model_dump())

    return app
