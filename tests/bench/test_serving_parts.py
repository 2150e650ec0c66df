"""What the benchmark of serving takes away from the service leaves one that answers."""

import os
import subprocess
import sys

from tests import ROOT

CODE = """
from bench.serving import BODIES
from bench.serving_parts import PARTS, without
print(without(*PARTS).test_client().post("/predict", json=BODIES["1 sample"]).status)
"""


def test_the_service_answers_without_all_of_its_parts(tmp_path):
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    command = [sys.executable, "-c", CODE]
    answer = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    assert answer.stdout == "200 OK\n"
