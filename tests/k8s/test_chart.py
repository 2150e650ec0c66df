"""The monitoring chart as our values make it."""

import yaml

from tests.k8s.manifests import only, rendered


def containers(one):
    """Every container of a Deployment or DaemonSet, by name."""
    return {container["name"]: container for container in one["spec"]["template"]["spec"]["containers"]}


def rules(made):
    """Every rule of the chart, by the name of the alert or record."""
    groups = [group for (kind, _), one in made.items() if kind == "PrometheusRule" for group in one["spec"]["groups"]]
    return {rule.get("alert") or rule["record"]: rule for group in groups for rule in group["rules"]}


def test_grafana_is_given_five_seconds_frames_and_viewers_but_no_neighbours():
    made = rendered()
    sources = made["ConfigMap", "prometheus-stack-kube-prom-grafana-datasource"]["data"]["datasource.yaml"]
    (source,) = yaml.safe_load(sources)["datasources"]
    assert source["uid"] == "prometheus" and source["jsonData"]["timeInterval"] == "5s"
    ini = made["ConfigMap", "prometheus-stack-grafana"]["data"]["grafana.ini"]
    assert "allow_embedding = true" in ini and "[auth.anonymous]\nenabled = true\norg_role = Viewer" in ini
    policy = made["NetworkPolicy", "prometheus-stack-grafana"]["spec"]
    assert policy["ingress"][0]["from"] and made["Service", "prometheus-stack-grafana"]["spec"]["type"] == "ClusterIP"
    assert not [name for kind, name in made if kind == "Ingress"]


def test_grafana_reads_config_maps_of_its_own_namespace_and_nothing_else():
    made = rendered()
    assert not [name for kind, name in made if kind.startswith("ClusterRole") and "grafana" in name]
    binding = made["RoleBinding", "prometheus-stack-grafana"]
    assert binding["metadata"]["namespace"] == "monitoring"
    (rule,) = made["Role", binding["roleRef"]["name"]]["rules"]
    assert rule["resources"] == ["configmaps"] and set(rule["verbs"]) == {"get", "list", "watch"}
    assert [name for kind, name in made if kind == "Role" and "grafana" in name] == [binding["roleRef"]["name"]]
    inside = containers(made["Deployment", "prometheus-stack-grafana"])
    for name in ("grafana-sc-dashboard", "grafana-sc-datasources"):
        settings = {one["name"]: one.get("value") for one in inside[name]["env"]}
        assert settings["RESOURCE"] == "configmap" and settings.get("NAMESPACE", "monitoring") == "monitoring"


def test_everything_that_the_chart_starts_says_what_it_needs():
    made = rendered()
    for (kind, name), one in made.items():
        if kind in ("Deployment", "DaemonSet"):
            for container in containers(one).values():
                given = container["resources"]
                assert given["requests"].keys() == {"cpu", "memory"} and "memory" in given["limits"], (name, container)
        if kind in ("Prometheus", "Alertmanager"):
            assert "memory" in one["spec"]["resources"]["limits"]
    operator = containers(made["Deployment", "prometheus-stack-kube-prom-operator"])["kube-prometheus-stack"]
    for given in ("cpu-request", "memory-request", "memory-limit"):
        assert any(argument.startswith(f"--config-reloader-{given}=") for argument in operator["args"])
    grafana = containers(made["Deployment", "prometheus-stack-grafana"])["grafana"]
    assert grafana["resources"]["limits"]["memory"] == "512Mi"


def test_prometheus_reads_the_objects_of_every_namespace():
    (prometheus,) = [one["spec"] for (kind, _), one in rendered().items() if kind == "Prometheus"]
    assert prometheus["scrapeInterval"] == prometheus["evaluationInterval"] == "5s"
    for kind in ("rule", "serviceMonitor", "podMonitor", "probe", "scrapeConfig"):
        assert prometheus[f"{kind}Selector"] == prometheus[f"{kind}NamespaceSelector"] == {}


def test_the_charts_rules_have_no_second_watchdog_and_half_of_no_inhibitor():
    kept = rules(rendered())
    assert not {"Watchdog", "InfoInhibitor"} & kept.keys()
    for needed in (
        "PrometheusRuleFailures",
        "PrometheusErrorSendingAlertsToAnyAlertmanager",
        "AlertmanagerFailedReload",
    ):
        assert kept[needed]["labels"]["severity"] == "critical"
    assert {rule["labels"]["severity"] for rule in kept.values() if "alert" in rule} <= {"critical", "warning", "info"}


def test_alertmanagers_configuration_is_the_secret_that_we_make():
    made = rendered()
    (alertmanager,) = [one["spec"] for (kind, _), one in made.items() if kind == "Alertmanager"]
    secret = only("Secret", "monitoring")
    assert alertmanager["configSecret"] == secret["metadata"]["name"] and "alertmanager.yaml" in secret["data"]
    assert ("Secret", "alertmanager-prometheus-stack-kube-prom-alertmanager") not in made
