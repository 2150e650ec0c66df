"""01_train makes the model that is committed, byte for byte, and its exercises can be solved where they stand."""

import hashlib
import json
import re
import shutil

import nbformat
import numpy as np
import onnx
import onnxruntime
import pandas as pd
import pytest
from nbclient import NotebookClient
from sklearn.datasets import load_wine
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

from tests import ROOT
from tests.notebooks.solutions.train import SOLUTIONS
from workbook import training
from workbook.exercises import exercises, train  # noqa: F401, registers the exercises

COMMITTED = ROOT / "service" / "model"


def rerun(folder, monkeypatch):
    """Run the notebook in a bare copy of the workbook with its exercises solved; return it and the model's folder."""
    shutil.copytree(ROOT / "workbook", folder / "workbook")
    for name in ("pyproject.toml", "versions.toml"):
        shutil.copy(ROOT / name, folder)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    notebook = nbformat.read(ROOT / "notebooks" / "01_train.ipynb", as_version=4)
    for cell in notebook.cells:
        if cell.cell_type == "code" and "\ncheck(" in cell.source:
            number = cell.source.split('check("')[1].split('"')[0]
            blank = re.search(r"^answer = \.\.\..*$", cell.source, re.MULTILINE)[0]
            cell.source = cell.source.replace(blank, SOLUTIONS[number].code)
    NotebookClient(notebook, resources={"metadata": {"path": folder}}, timeout=120).execute()
    return notebook, folder / "service" / "model"


@pytest.fixture(scope="module")
def again(tmp_path_factory):
    with pytest.MonkeyPatch.context() as monkeypatch:
        return rerun(tmp_path_factory.mktemp("again"), monkeypatch)


def content(folder):
    return {name: (folder / name).read_bytes() for name in ("model.onnx", "model.json")}


def numbers(value):
    """Every number in an ONNX attribute, a JSON document or a list of them, in order."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [number for item in value for number in numbers(item)]
    return [value] if isinstance(value, (int, float)) else []


def coefficients(path):
    graph = onnx.load(path).graph
    model = [list(onnx.helper.get_attribute_value(a)) for n in graph.node for a in n.attribute if a.floats]
    return numbers(model + [onnx.numpy_helper.to_array(one).ravel().tolist() for one in graph.initializer])


def metadata():
    return json.loads((COMMITTED / "model.json").read_text())


def test_the_same_wines_make_the_same_model(again, tmp_path, monkeypatch):
    folder = again[1]
    model, joint_drift = 13 + 13 + 3 * 13 + 3, 13 * 13 + 13  # mean, scale, weights, intercepts; weights, offset
    assert len(coefficients(COMMITTED / "model.onnx")) == model + joint_drift
    np.testing.assert_allclose(coefficients(folder / "model.onnx"), coefficients(COMMITTED / "model.onnx"), atol=1e-6)
    remade = json.loads((folder / "model.json").read_text())
    for part in ("features", "predictions", "confidence", "joint_drift"):
        np.testing.assert_allclose(numbers(remade[part]), numbers(metadata()[part]), atol=1e-6)
    if content(folder) != content(COMMITTED):  # another processor may round the last bit differently, but always so
        assert content(rerun(tmp_path / "third", monkeypatch)[1]) == content(folder)


def test_the_exercises_are_solved_where_they_stand(again):
    outputs = [o.text for cell in again[0].cells if "\ncheck(" in cell.source for o in cell.outputs]
    assert outputs == [f"{number} Right: {exercises[number].right}\n" for number in SOLUTIONS]


def test_the_version_is_a_hash_of_the_content():
    rest = metadata()
    version = rest.pop("version")
    text = (COMMITTED / "model.onnx").read_bytes() + json.dumps(rest).encode()
    assert hashlib.sha256(text).hexdigest()[:12] == version


def test_the_reference_describes_all_wines():
    wines = load_wine(as_frame=True).data
    features = metadata()["features"]
    assert [feature["name"] for feature in features] == [name.replace("/", "_") for name in wines]
    for feature, values in zip(features, wines.to_numpy().T):
        assert feature["range"] == [values.min(), values.max()]
        for reading in (values, values.astype("float32")):
            for side in ("left", "right"):  # no reading lies on an edge
                counts = np.bincount(np.searchsorted(feature["bins"], reading, side=side), minlength=5)
                np.testing.assert_allclose(counts / len(wines), feature["shares"])
        assert min(feature["shares"]) > 0.1


def test_the_joint_drift_is_the_error_of_a_reconstruction():
    """Against scikit-learn's own PCA, and for the wines whose three features another wine has."""
    wines = load_wine().data
    session = onnxruntime.InferenceSession(COMMITTED / "model.onnx")
    scaler = StandardScaler().fit(wines)
    pca = PCA(metadata()["joint_drift"]["components"]).fit(scaler.transform(wines))
    shuffled = wines.copy()
    three = [0, 9, 12]  # alcohol, color intensity, proline
    shuffled[:, three] = np.random.default_rng(0).permutation(wines)[:, three]
    for rows, index in (wines, (0, 0.001)), (shuffled, (0.3, 1)):
        scaled = scaler.transform(rows)
        errors = ((pca.inverse_transform(pca.transform(scaled)) - scaled) ** 2).sum(axis=1)
        found = session.run(["joint_drift"], {"features": rows.astype("float32")})[0]
        np.testing.assert_allclose(found, errors, rtol=1e-3, atol=1e-4)
        counts = np.bincount(np.searchsorted(metadata()["joint_drift"]["bins"], found), minlength=5)
        assert index[0] <= training.psi(np.array(metadata()["joint_drift"]["shares"]), counts) < index[1]


def test_a_retrained_model_knows_old_and_new_wines_and_measures_drift_from_the_expected(tmp_path):
    """Among them the wine of the probe, which pages when a release no longer knows it."""
    wines, cultivar = training.load_wines()
    shifted = wines.assign(alcohol=wines["alcohol"] + 1.5, proline=wines["proline"] + 500)
    both, truth = pd.concat([wines, shifted]), pd.concat([cultivar, cultivar])
    version, scores = training.release(tmp_path, both, truth, expected=shifted)
    about = json.loads((tmp_path / "model.json").read_text())
    assert about["version"] == version != metadata()["version"] and scores["rows"] == 89
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    for rows in (wines, shifted):
        assert (session.run(["label"], {"features": rows.to_numpy("float32")})[0] == cultivar).mean() > 0.95
    alcohol = about["features"][0]
    counts = np.bincount(np.searchsorted(alcohol["bins"], shifted["alcohol"]), minlength=5)
    assert training.psi(np.array(alcohol["shares"]), counts) < 0.001


def test_the_committed_model_names_the_cultivars():
    session = onnxruntime.InferenceSession(COMMITTED / "model.onnx")
    wines, cultivar = load_wine(return_X_y=True)
    label, probabilities = session.run(["label", "probabilities"], {"features": wines.astype("float32")})
    assert label.dtype == np.int64 and probabilities.shape == (178, 3)
    assert (label == cultivar).mean() > 0.97
    assert metadata()["classes"] == ["barolo", "grignolino", "barbera"]


def test_the_files_are_small():
    assert sum(map(len, content(COMMITTED).values())) < 20_000
