"""What the service counts: requests (by the exporter), predictions, the inputs' distribution, and what labels say."""

from bisect import bisect_left
from collections import defaultdict
from math import inf, nextafter
from threading import Lock

from prometheus_client import Counter, Gauge, Histogram
from prometheus_client.utils import floatToGoString
from prometheus_flask_exporter.multiprocess import GunicornPrometheusMetrics

from service.problems import REASONS
from service.traffic import Registry, Traffic, url_rule

# Predictions take about 1 ms; 0.1 is the limit of the service level objective, so it must be a bucket's edge.
LATENCY_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2]
BINS = ["0", "1", "2", "3", "4"]
OUTCOMES = ["right", "wrong", "unknown"]
VERSIONS = 10  # whose labels one process counts apart


class Metrics:
    """The service's metrics. What rates and ratios are made of exists, at 0, from the start, because they need both ends; of
    the requests that is what the objective counts."""

    def __init__(self, app, model):
        # url_rule, not path: an unknown URL must not become a label.
        registry = Registry()
        exporter = GunicornPrometheusMetrics.for_app_factory(
            group_by=url_rule, buckets=LATENCY_BUCKETS, registry=registry
        )
        exporter.init_app(app)
        self.do_not_track = exporter.do_not_track
        self.traffic = Traffic(app, registry, self.rejected)
        self.traffic.expect("POST", "/predict", (200, 500, 503))  # what the objective counts

        self.in_progress = Gauge(
            "wine_requests_in_progress",
            "Predictions that threads are busy with.",
            multiprocess_mode="livesum",
            registry=registry,
        )
        rejected = Counter(
            "wine_rejected_requests_total", "Requests answered with 4xx or 503.", ["reason"], registry=registry
        )
        self._rejected = {reason: rejected.labels(reason) for reason in REASONS}
        self._answers(model, registry)
        self._inputs(model, registry)
        self._joint_drift(model, registry)
        self.outcomes = Outcomes(model.version, registry)
        info = gauge("wine_model_info", "The model that answers.", ["model_version", "sklearn_version"], registry)
        info.labels(model.version, model.libraries["scikit-learn"]).set(1)

    def _answers(self, model, registry):
        labels = ["cultivar", "model_version"]
        counts = Counter("wine_predictions_total", "Samples classified.", labels, registry=registry)
        self._predictions = [counts.labels(cultivar, model.version) for cultivar in model.classes]
        shares = gauge("wine_prediction_reference", "Share of the training data's answers.", labels, registry)
        for cultivar, share in zip(model.classes, model.answers, strict=True):
            shares.labels(cultivar, model.version).set(share)
        edges = model.confidence["bins"]
        text = "Probability of the class that was chosen."
        confidence = Histogram("wine_prediction_confidence", text, labels, buckets=edges, registry=registry)
        self._confidence = [confidence.labels(cultivar, model.version) for cultivar in model.classes]
        text = "Share of the training data whose class has at most this probability."
        below = gauge("wine_prediction_confidence_reference", text, ["le", "model_version"], registry)
        for edge, share in zip(edges, model.confidence["below"], strict=True):
            below.labels(floatToGoString(edge), model.version).set(share)

    def _inputs(self, model, registry):
        labels = ["feature", "bin", "model_version"]
        text = "Values of a feature that fell into a bin of its training distribution."
        counts = Counter("wine_feature_bin_total", text, labels, registry=registry)
        text = "Values of a feature below or above all of the training data; they are in its outer bins too."
        outside = Counter("wine_feature_outside_total", text, ["feature", "model_version"], registry=registry)
        shares = gauge(
            "wine_feature_bin_reference", "Share of the training data in a bin of a feature.", labels, registry
        )
        self._features = []
        for feature in model.features:
            low, high = feature["range"]
            edges = [nextafter(low, -inf), *feature["bins"], high]
            bins = [counts.labels(feature["name"], number, model.version) for number in BINS]
            self._features.append((edges, [bins[0], *bins, bins[-1]], outside.labels(feature["name"], model.version)))
            for number, share in zip(BINS, feature["shares"], strict=True):
                shares.labels(feature["name"], number, model.version).set(share)

    def _joint_drift(self, model, registry):
        labels = ["bin", "model_version"]
        text = "Samples by how badly they fit the way the features go together in the training data: 4 is worst."
        counts = Counter("wine_joint_drift_bin_total", text, labels, registry=registry)
        self._joint = [counts.labels(number, model.version) for number in BINS]
        self._joint_edges = model.joint_drift["bins"]
        shares = gauge("wine_joint_drift_bin_reference", "Share of the training data in a bin.", labels, registry)
        for number, share in zip(BINS, model.joint_drift["shares"], strict=True):
            shares.labels(number, model.version).set(share)

    def predicted(self, samples, labels, probabilities, errors):
        """Count predictions: samples (13 numbers each), class numbers, probabilities (3 each), and joint errors."""
        counts = defaultdict(int)  # of each series: an increment costs 1 us, whatever its size
        for sample, label, error in zip(samples, labels, errors, strict=True):
            counts[self._predictions[label]] += 1
            counts[self._joint[bisect_left(self._joint_edges, error)]] += 1
            for value, (edges, bins, outside) in zip(sample, self._features, strict=True):
                place = bisect_left(edges, value)
                counts[bins[place]] += 1
                if place == 0 or place == len(edges):
                    counts[outside] += 1
        for series, count in counts.items():
            series.inc(count)
        for label, row in zip(labels, probabilities, strict=True):
            self._confidence[label].observe(row[label])

    def labelled(self, version, outcome):
        """Count what a label says of an answer of the model `version`; outcome is one of OUTCOMES."""
        self.outcomes.count(version, outcome)

    def rejected(self, reason):
        """Count a request that was answered with 4xx or 503; reason is one of problems.REASONS."""
        self._rejected[reason].inc()


class Outcomes:
    """wine_labels_total. Labels come days later, so a pod counts those of other versions too.

    Versions are read from ids, which clients can invent: after the first ten, further ones are counted as "other".
    """

    def __init__(self, version, registry):
        text = "Answers whose wine's cultivar was learned later: right, wrong, or unknown if it could not be told."
        self._counts = Counter("wine_labels_total", text, ["outcome", "model_version"], registry=registry)
        self._lock = Lock()
        self._versions = {}
        self._admit(version)

    def count(self, version, outcome):
        known = self._versions.get(version) or self._admit(version)
        known[outcome].inc()

    def recall(self, versions):
        """Count these apart from now on, as many as fit: another process did, in whose files this one goes on."""
        for version in versions - {"other"}:
            self._admit(version)

    def _admit(self, version):
        with self._lock:
            name = version if version in self._versions or len(self._versions) < VERSIONS else "other"
            series = {outcome: self._counts.labels(outcome, name) for outcome in OUTCOMES}
            return self._versions.setdefault(name, series)


def gauge(name, text, labels, registry):
    """A gauge that says the same in every process."""
    return Gauge(name, text, labels, multiprocess_mode="mostrecent", registry=registry)
