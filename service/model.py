"""The exported model: an ONNX graph and what is known about it."""

import hashlib
import json
import os
from math import isclose, isfinite
from pathlib import Path

import numpy as np

# Read at the import: else the library sends usage data to its maker, by a thread that a forked worker then waits for.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
import onnxruntime

FOLDER = Path(__file__).parent / "model"


class Model:
    """The wine classifier, with what its model.json says of it.

    version: the first 12 hex digits of its content's sha256.
    features: for each input, in order: name, unit, range, bins (4 inner edges), shares (5, of the training data).
    classes: the cultivars, in the order of the probabilities.
    answers: the share of each class among the answers to the training data.
    confidence: bins (upper edges), below (the share of the training data with at most that confidence).
    joint_drift: bins (4 inner edges), shares (5, of the training data).
    """

    def __init__(self, folder=FOLDER):
        graph = (folder / "model.onnx").read_bytes()
        about = json.loads((folder / "model.json").read_text())
        if self.digest(graph, about) != about["version"]:
            raise RuntimeError(f"model.json and model.onnx in {folder} do not belong together: export them anew.")
        self.version = about["version"]
        self.features = about["features"]
        self.classes = about["classes"]
        self.answers = about["predictions"]["shares"]
        self.confidence = about["confidence"]
        self.joint_drift = about["joint_drift"]
        self.libraries = about["libraries"]
        # One thread: a prediction takes 6 us, less than handing it to another thread would.
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        self._session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

        self._try(folder)

    @staticmethod
    def digest(graph, about):
        """The version that belongs to a graph (bytes) and to what model.json says about it."""
        content = {name: value for name, value in about.items() if name != "version"}
        return hashlib.sha256(graph + json.dumps(content).encode()).hexdigest()[:12]

    def _try(self, folder):
        """Raise RuntimeError unless the graph takes what model.json says, and answers what it says."""
        middle = [sum(feature["range"]) / 2 for feature in self.features]
        try:
            (label,), (row,), (error,) = self.predict([middle])
        except Exception as failure:
            raise RuntimeError(f"The model in {folder} cannot predict a wine of its own features: {failure}") from None
        shapes = {(len(feature["bins"]), len(feature["shares"])) for feature in [*self.features, self.joint_drift]}
        fits = label < len(row) == len(self.classes) == len(self.answers) and isclose(sum(row), 1, rel_tol=1e-4)
        if not fits or not isfinite(error) or shapes != {(4, 5)}:
            raise RuntimeError(f"The model in {folder} answers something else than its model.json describes.")

    def predict(self, samples):
        """What the model says of `samples`, lists of 13 numbers in the features' units.

        Three lists: class numbers, probabilities (3 each), and the errors with which the samples are reconstructed from
        how the features go together in the training data.
        """
        inputs = {"features": np.array(samples, dtype=np.float32)}
        labels, probabilities, errors = self._session.run(["label", "probabilities", "joint_drift"], inputs)
        return labels.tolist(), probabilities.tolist(), errors.tolist()
