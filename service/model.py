"""The exported model: an ONNX graph and what is known about it."""

import hashlib
import json
import os
from math import isclose, isfinite
from pathlib import Path
from typing import Annotated, TypedDict

import msgspec
import numpy as np

# Read at the import: else the library sends usage data to its maker, by a thread that a forked worker then waits for.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime

FOLDER = Path(__file__).parent / "model"

Word = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_][A-Za-z0-9_]*\Z")]
Libraries = TypedDict("Libraries", {"scikit-learn": str})


class Bins(TypedDict):
    """The inner edges of five bins, and the shares of the training data in them."""

    bins: tuple[float, float, float, float]
    shares: tuple[float, float, float, float, float]


class Feature(Bins):
    """An input."""

    name: Word
    unit: str
    range: tuple[float, float]


class Answers(TypedDict):
    """The share of each class."""

    shares: list[float]


class Confidence(TypedDict):
    """The upper edges of bins, and the share of the training data at or below each."""

    bins: list[float]
    below: list[float]


class About(TypedDict):
    """What the service reads of model.json."""

    version: str
    classes: list[Word]
    features: list[Feature]
    predictions: Answers
    confidence: Confidence
    joint_drift: Bins
    libraries: Libraries


class Model:
    """The wine classifier, with what its model.json says of it.

    version: the first 12 hex digits of its content's sha256.
    features: for each input, in order: name, unit, range, bins (4 inner edges), shares (5, of the training data).
    classes: the cultivars, in the order of the probabilities.
    answers: the share of each class among the answers to the training data.
    confidence: bins (upper edges), below (the share of the training data with at most that confidence).
    joint_drift: bins (4 inner edges), shares (5, of the training data).

    Raises RuntimeError with one sentence for a folder that holds no such model.
    """

    def __init__(self, folder=FOLDER):
        try:
            graph = (folder / "model.onnx").read_bytes()
            about = msgspec.json.decode((folder / "model.json").read_bytes(), type=dict)
            if self.digest(graph, about) != about.get("version"):
                raise RuntimeError(f"model.json and model.onnx in {folder} do not belong together: export them anew.")
            msgspec.convert(about, About)
        except (OSError, UnicodeDecodeError, msgspec.DecodeError) as error:
            raise RuntimeError(f"The model in {folder} cannot be read: {error}. Export it anew.") from None
        self.version = about["version"]
        self.features = about["features"]
        self.classes = about["classes"]
        self.answers = about["predictions"]["shares"]
        self.confidence = about["confidence"]
        self.joint_drift = about["joint_drift"]
        self.libraries = about["libraries"]
        if problem := self._contradiction():
            raise RuntimeError(f"The model.json in {folder} contradicts itself: {problem}. Export it anew.")
        try:
            self._session = session(graph)
            answer = self.predict([[sum(feature["range"]) / 2 for feature in self.features]])
        except Exception as failure:
            raise RuntimeError(f"The model in {folder} cannot predict a wine of its own features: {failure}") from None
        if not self._fits(answer):
            raise RuntimeError(f"The model in {folder} answers something else than its model.json describes.")

    @staticmethod
    def digest(graph, about):
        """The version that belongs to a graph (bytes) and to what model.json says about it."""
        content = {name: value for name, value in about.items() if name != "version"}
        return hashlib.sha256(graph + json.dumps(content).encode()).hexdigest()[:12]

    def _contradiction(self):
        """What in model.json cannot be true, in words."""
        names = [feature["name"] for feature in self.features]
        if len({*names}) < len(names) or len({*self.classes}) < len(self.classes):
            return "a name stands twice"
        ranges = [[feature["range"][0], *feature["bins"], feature["range"][1]] for feature in self.features]
        for edges in (*ranges, self.joint_drift["bins"], self.confidence["bins"], self.confidence["below"]):
            if edges != sorted(edges):
                return f"{edges} do not ascend"
        for shares in (self.answers, self.joint_drift["shares"], *(feature["shares"] for feature in self.features)):
            if min(shares) < 0 or not isclose(sum(shares), 1, rel_tol=1e-4):
                return f"{shares} are not shares of one whole"
        if len(self.confidence["bins"]) != len(self.confidence["below"]):
            return "the confidence has not a share for each bin"

    def _fits(self, answer):
        """Whether the graph's answer to one wine is what model.json says."""
        (label,), (row,), (error,) = answer
        sizes = label < len(row) == len(self.classes) == len(self.answers)
        return sizes and isclose(sum(row), 1, rel_tol=1e-4) and isfinite(error)

    def predict(self, samples):
        """What the model says of `samples`, lists of 13 numbers in the features' units.

        Three lists: class numbers, probabilities (3 each), and the errors with which the samples are reconstructed from
        how the features go together in the training data. Raises ArithmeticError where it is no number.
        """
        inputs = {"features": np.array(samples, dtype=np.float32)}
        labels, probabilities, errors = self._session.run(["label", "probabilities", "joint_drift"], inputs)
        if not np.isfinite(errors + probabilities.sum(axis=1)).all():
            raise ArithmeticError("The model's answer is no number.")
        return labels.tolist(), probabilities.tolist(), errors.tolist()


def session(graph):
    """An ONNX Runtime session of a graph (bytes), in one thread: a prediction takes a few us, less than handing it over."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
