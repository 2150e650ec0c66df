"""What /openapi.json promises, against what the service does: thousands of requests made from it by schemathesis."""

import re
import subprocess
import sys
from pathlib import Path

from tests.service.serving import serving

EXAMPLES = 500  # for each of the two runs, of bodies for /predict


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
        metrics = service.scrape()
    for run, report in zip(runs, reports, strict=True):
        assert run.returncode == 0 and "No issues found" in report, report
        assert re.search(r"Tested: +5\n", report), report  # all routes but the description's own
    answered = {key: count for key, count in metrics.items() if key.startswith("flask_http_request_total")}
    assert sum(answered.values()) >= 2 * EXAMPLES
    assert not [key for key in answered if 'status="5' in key]
