"""The JSON documents that the service takes and gives."""

from random import getrandbits
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

JSON = "application/json"
PROBLEM_JSON = "application/problem+json"
MAX_BODY = 2**20  # bytes
MAX_SAMPLES = 1000
LIMIT = 1e6  # far beyond any feature, and far within float32: no probability becomes NaN
VERSION = r"[0-9a-f]{12}(-[a-z]{1,8})?"  # of a model; what follows the hash is a broken release, see app.py
ID = "The id in the answer of /predict. Any pod takes it, whichever answered."
CULTIVAR = "What the wine turned out to be; null if nobody could tell."


class Prediction(Struct):
    """The class of one sample. With the id, somebody can later say what the wine turned out to be: POST /labels."""

    id: str
    cultivar: str
    probabilities: dict[str, float]
    model_version: str


class Predictions(Struct):
    """The classes of several samples, in their order."""

    predictions: list[Prediction]


class Counted(Struct):
    """How many labels said that the answer was right, was wrong, or that the cultivar could not be told."""

    right: int
    wrong: int
    unknown: int


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


def label_types(classes):
    """The types of one label and of a list of labels, for answers that name one of `classes`."""
    identity = Annotated[str, Meta(pattern=rf"^{VERSION}\.({'|'.join(classes)})\.[0-9a-f]{{16}}\Z", description=ID)]
    cultivar = Annotated[Literal[*classes] | None, Meta(description=CULTIVAR)]
    label = msgspec.defstruct("Label", [("id", identity), ("cultivar", cultivar)], forbid_unknown_fields=True)
    several = Annotated[list[label], Meta(min_length=1, max_length=MAX_SAMPLES)]
    return label, msgspec.defstruct("Labels", [("labels", several)], forbid_unknown_fields=True)


def new_id(version, cultivar):
    """The id of an answer: what answered, what it answered, and 64 random bits.

    It is not signed, and nothing is kept of it. So whoever may post labels can invent ids, and can send a label twice:
    the accuracy is worth as much as they are. A signature would not help, because a false label for a true id does the
    same. What keeps strangers out stands before the service: a network policy, or a login.
    """
    return f"{version}.{cultivar}.{getrandbits(64):016x}"


def said_by(identity):
    """The version and the cultivar in an answer's id."""
    version, cultivar, _ = identity.split(".")
    return version, cultivar
