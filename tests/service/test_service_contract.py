"""What /openapi.json promises, against what the service does: thousands of requests made from it by schemathesis."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

from tests import ROOT
from tests.service.serving import serving

EXAMPLES = 500  # for each of the two runs, of bodies for /predict
ROUTES = """
import json
from service.app import create_app

app = create_app()
client = app.test_client()
routes = [[rule.rule, method.lower()] for rule in app.url_map.iter_rules() for method in rule.methods - {"HEAD"}]
print(json.dumps([routes, client.get("/openapi.json").json["paths"], client.get("/").json["links"]]))
"""


def test_the_description_has_every_route_and_the_first_page_names_it(tmp_path):
    command = [sys.executable, "-c", ROUTES]
    environment = os.environ | {"PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    routes, described, links = json.loads(subprocess.check_output(command, env=environment, cwd=ROOT))
    assert sorted(map(tuple, routes)) == sorted(
        (path, method) for path, methods in described.items() for method in methods
    )
    assert sorted(links.values()) == sorted(described.keys() - {"/"})


def test_the_service_keeps_what_its_description_promises(tmp_path):
    program = Path(sys.executable).with_name("schemathesis")
    options = ["--checks", "all", "--phases", "coverage,fuzzing", "--max-examples", str(EXAMPLES), "--no-color"]
    options += ["--generation-database", "none", "--no-shrink"]
    with serving(tmp_path) as service:
        runs = [
            subprocess.Popen(
                [program, "run", f"{service.url}/openapi.json", *options, "--seed", seed],
                cwd=tmp_path,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
            for seed in ("1", "2")
        ]
        reports = [run.communicate()[0] for run in runs]
        metrics, described = service.scrape(), service.get("/openapi.json").json()["paths"]
        text = service.get("/openapi.json").data.decode()
    for run, report in zip(runs, reports, strict=True):
        assert run.returncode == 0 and "No issues found" in report, report
        assert re.search(rf"Tested: +{len(described) - 1}\n", report), report  # all routes but the description's own
    assert r"\\Z" not in text and r"\\A" not in text, "ends and beginnings in Python's dialect, not in JSON Schema's"
    answered = {key: count for key, count in metrics.items() if key.startswith("flask_http_request_total")}
    assert sum(answered.values()) >= 2 * EXAMPLES
    assert sum(count for key, count in answered.items() if 'status="5' in key) == 0
