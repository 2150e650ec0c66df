"""The JSON documents that the service takes and gives."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

JSON = "application/json"
PROBLEM_JSON = "application/problem+json"
MAX_BODY = 2**20  # bytes
MAX_SAMPLES = 1000
LIMIT = 1e6  # far beyond any feature, and far within float32: no probability becomes NaN


class Prediction(Struct):
    """The class of one sample."""

    cultivar: str
    probabilities: dict[str, float]
    model_version: str


class Predictions(Struct):
    """The classes of several samples, in their order."""

    predictions: list[Prediction]


class Health(Struct):
    """That the service can answer, and with which model."""

    status: str
    model_version: str


class Index(Struct):
    """What this service is, and where its parts are."""

    name: str
    model_version: str
    links: dict[str, str]


class Problem(Struct):
    """What was wrong with a request (RFC 9457). `reason` and `field` are this service's additions."""

    type: str
    title: str
    status: int
    detail: str
    reason: str
    field: str | UnsetType = UNSET


def sample_types(features):
    """The types of one sample and of a list of samples, from the features in model.json."""
    fields = []
    for feature in features:
        low, high = feature["range"]
        description = f"Unit: {feature['unit'] or 'none'}. Training data: {low:g} to {high:g}."
        fields.append((feature["name"], Annotated[float, Meta(ge=-LIMIT, le=LIMIT, description=description)]))
    sample = msgspec.defstruct("Sample", fields, forbid_unknown_fields=True)
    several = Annotated[list[sample], Meta(min_length=1, max_length=MAX_SAMPLES)]
    return sample, msgspec.defstruct("Samples", [("samples", several)], forbid_unknown_fields=True)
