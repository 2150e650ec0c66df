"""Train the wine model on given wines, and export it as the service reads it: what 01_train shows, as functions."""

import hashlib
import json
from importlib.metadata import version

import numpy as np
import onnx
import onnxruntime
from onnx import helper, numpy_helper
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType
from sklearn.datasets import load_wine
from sklearn.decomposition import PCA
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import log_loss
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

CULTIVARS = ["barolo", "grignolino", "barbera"]
UNITS = {  # the usual ones, where the values fit; the phenols fit none, see 01_train
    "alcohol": "% vol",
    "malic_acid": "g/L",
    "ash": "g/L",
    "alcalinity_of_ash": "meq/L",
    "magnesium": "mg/L",
    "total_phenols": "unknown",
    "flavanoids": "unknown",
    "nonflavanoid_phenols": "unknown",
    "proanthocyanins": "unknown",
    "color_intensity": "absorbance",
    "hue": "ratio",
    "od280_od315_of_diluted_wines": "ratio",
    "proline": "mg/L",
}
# Dense near 1, where a good model mostly is; three classes cannot be less sure than 1/3.
CONFIDENCE = [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 1.0]
COMPONENTS = 6  # of 13; they hold 85 % of the variance
LIBRARIES = ["scikit-learn", "skl2onnx", "onnx", "numpy"]


def load_wines():
    """The 178 wines (DataFrame, 13 columns) and their cultivars' numbers (Series), with names that fit into JSON."""
    wines, cultivar = load_wine(return_X_y=True, as_frame=True)
    return wines.rename(columns=lambda name: name.replace("/", "_")), cultivar


def split(wines, cultivar):
    """Three quarters to learn from and one to test on, the cultivars' shares kept: X_train, X_test, y_train, y_test."""
    return train_test_split(wines, cultivar, test_size=0.25, stratify=cultivar, random_state=0)


def train(wines, cultivar):
    """The fitted pipeline: `wines` is a DataFrame of N rows and 13 columns, `cultivar` holds N numbers from 0 to 2."""
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(wines, cultivar)


def as_onnx(model, **options):
    """The fitted model as an ONNX graph that takes `features`, N x 13 float32."""
    inputs = [("features", FloatTensorType([None, 13]))]
    return to_onnx(model, initial_types=inputs, options={"zipmap": False, **options}, target_opset=17, name="wine")


def with_joint_drift(graph, wines):
    """Add to `graph` the output `joint_drift` (N numbers): the squared error with which a PCA reconstructs a wine.

    The error is that of the scaled values, from the components of `wines`. It is small for wines whose measurements go
    together as theirs do. Scaling, projecting and subtracting are linear, so one matrix does them all.
    """
    scaler = StandardScaler().fit(wines)
    components = PCA(COMPONENTS).fit(scaler.transform(wines)).components_
    weights = (np.eye(13) - components.T @ components) / scaler.scale_[:, None]
    constants = {"joint_weights": weights, "joint_offset": -scaler.mean_ @ weights}
    graph.graph.initializer.extend(
        numpy_helper.from_array(value.astype("float32"), name) for name, value in constants.items()
    )
    graph.graph.node.extend([
        helper.make_node("Gemm", ["features", *constants], ["joint_error"]),
        helper.make_node("ReduceSumSquare", ["joint_error"], ["joint_drift"], axes=[1], keepdims=0),
    ])  # fmt: skip
    graph.graph.output.append(helper.make_tensor_value_info("joint_drift", onnx.TensorProto.FLOAT, [None]))
    return graph


def reference(values, digits=2, bins=5):
    """The inner edges between `bins` quantile bins, and the share of `values` in each bin.

    `digits` is the precision of the values: every edge lies halfway between two of them, so that no rounding to float32
    moves a value into another bin.
    """
    halfway = 0.5 / 10**digits
    edges = (np.quantile(values, np.arange(1, bins) / bins).round(digits) + halfway).round(digits + 1)
    return edges, np.bincount(np.searchsorted(edges, values), minlength=bins) / len(values)


def psi(shares, counts):
    """The population stability index of `counts` per bin against the reference's `shares`, half a value added to each.

    PSI = sum over the bins of (actual - expected) ln(actual / expected).
    """
    actual = (counts + 0.5) / (counts + 0.5).sum()
    return float(((actual - shares) * np.log(actual / shares)).sum())


def describe(graph, wines, scores):
    """What model.json says about the `graph` (bytes), but for its version; `wines` are the reference."""
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    outputs = ["label", "probabilities", "joint_drift"]
    labels, probabilities, errors = session.run(outputs, {"features": wines.to_numpy("float32")})
    answers = np.bincount(labels, minlength=len(CULTIVARS)) / len(wines)
    below = [float((probabilities.max(axis=1) <= edge).mean()) for edge in CONFIDENCE]
    edges, shares = reference(errors.astype(float), digits=3)
    return {
        "classes": CULTIVARS,
        "features": [describe_feature(wines[name]) for name in wines],
        "predictions": {"shares": answers.tolist()},
        "confidence": {"bins": CONFIDENCE, "below": below},
        "joint_drift": {"components": COMPONENTS, "bins": edges.tolist(), "shares": shares.tolist()},
        "test_scores": scores,
        "libraries": {name: version(name) for name in LIBRARIES},
    }


def describe_feature(values):
    """Name, unit, range, and the bins with their shares of the measurement in the Series `values`."""
    edges, shares = reference(values)
    span = [float(values.min()), float(values.max())]
    return {
        "name": values.name,
        "unit": UNITS[values.name],
        "range": span,
        "bins": edges.tolist(),
        "shares": shares.tolist(),
    }


def export(folder, graph, content):
    """Write the `graph` (bytes) and its `content` into `folder`; returns the version, a hash of both."""
    digest = hashlib.sha256(graph + json.dumps(content).encode()).hexdigest()[:12]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "model.onnx").write_bytes(graph)
    (folder / "model.json").write_text(json.dumps({"version": digest, **content}, indent=2) + "\n")
    return digest


def release(folder, wines, cultivar, expected=None):
    """Train on these labelled wines and export into `folder`; returns the version and the test's scores.

    A quarter of the wines is kept for the test. Drift is measured from the wines that are `expected` (DataFrame, N x 13),
    without it from those that were learned.
    """
    learned, unseen, learned_cultivar, unseen_cultivar = split(wines, cultivar)
    model = train(learned, learned_cultivar)
    scores = {
        "accuracy": float(model.score(unseen, unseen_cultivar)),
        "log_loss": round(float(log_loss(unseen_cultivar, model.predict_proba(unseen))), 6),
        "rows": len(unseen),
    }
    expected = wines if expected is None else expected
    graph = with_joint_drift(as_onnx(model), expected).SerializeToString()
    return export(folder, graph, describe(graph, expected, scores)), scores
