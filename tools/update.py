"""`make update`: which pins of versions.toml have newer releases, and which files spell the old one out.

It changes nothing. Python's packages are the lock's matter: `make lock UPGRADE=yes`, then `git diff`.
"""

import os
import sys

import pandas as pd
import requests

from tools.versions import pin, spelled

GITHUB = "https://api.github.com/repos/{}/releases/latest"
HELM = "https://artifacthub.io/api/v1/packages/helm/{}"
SOURCES = {  # where each project says which release is its newest, and under which key
    "charts.kube-prometheus-stack.version": (HELM.format("prometheus-community/kube-prometheus-stack"), "version"),
    "charts.metrics-server.version": (HELM.format("metrics-server/metrics-server"), "version"),
    "charts.metrics-server.tag": (GITHUB.format("kubernetes-sigs/metrics-server"), "tag_name"),
    "images.blackbox-exporter": (GITHUB.format("prometheus/blackbox_exporter"), "tag_name"),
    "programs.prometheus.version": (GITHUB.format("prometheus/prometheus"), "tag_name"),
    "programs.alertmanager.version": (GITHUB.format("prometheus/alertmanager"), "tag_name"),
    "programs.blackbox_exporter.version": (GITHUB.format("prometheus/blackbox_exporter"), "tag_name"),
    "programs.grafana.version": (GITHUB.format("grafana/grafana"), "tag_name"),
}


def newest(address, key):
    """The newest release as its project names it. Raises requests.RequestException."""
    token = os.environ.get("GITHUB_TOKEN")
    headers = {"Authorization": f"Bearer {token}"} if token and address.startswith("https://api.github.com/") else {}
    answer = requests.get(address, headers=headers, timeout=30)
    answer.raise_for_status()
    return answer.json()[key]


def bare(version):
    """The number alone, of `v1.2.3` and of `image:v1.2.3`."""
    return version.rpartition(":")[2].removeprefix("v")


def table(ask=newest):
    """A row for each pin: ours, the newest, and the files to change; exits with a sentence where one cannot be asked."""
    places = pd.DataFrame(spelled(), columns=["pin", "file", "said"])
    rows = []
    for name, source in SOURCES.items():
        try:
            latest = ask(*source)
        except requests.RequestException as error:
            sys.exit(f"{source[0]} does not answer, so nothing is known of {name}: {error}")
        files = sorted({str(path) for path in places.file[places.pin == name]})
        same = bare(pin(name)) == bare(latest)
        rows.append((name, bare(pin(name)), "same" if same else bare(latest), "" if same else ", ".join(files)))
    return pd.DataFrame(rows, columns=["pin", "ours", "newest", "also spelled out in"]).set_index("pin")


if __name__ == "__main__":
    print(table().to_string())
    print(
        "\nChange versions.toml, then what `pytest tests/house/test_versions.py` names. Packages: make lock UPGRADE=yes"
    )
