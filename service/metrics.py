"""What the service counts: requests (by the exporter), predictions, and the inputs' distribution."""

from bisect import bisect_left

from prometheus_client import Counter, Gauge, Histogram
from prometheus_flask_exporter.multiprocess import GunicornPrometheusMetrics

from service.problems import REASONS

# Predictions take about 1 ms; 0.1 is the limit of the service level objective, so it must be a bucket's edge.
LATENCY_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2]
# Three classes cannot be less sure than 1/3, and a good model is mostly very sure.
CONFIDENCE_BUCKETS = [0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999, 1]
BINS = ["0", "1", "2", "3", "4"]


class Metrics:
    """The service's metrics; every series exists, at 0, from the start, because rates and ratios need both ends."""

    def __init__(self, app, model):
        # url_rule, not path: an unknown URL must not become a label.
        exporter = GunicornPrometheusMetrics.for_app_factory(group_by="url_rule", buckets=LATENCY_BUCKETS)
        exporter.init_app(app)
        self.do_not_track = exporter.do_not_track
        registry = exporter.registry

        self.in_progress = Gauge(
            "wine_requests_in_progress",
            "Predictions that are being read or computed.",
            multiprocess_mode="livesum",
            registry=registry,
        )
        predictions = Counter(
            "wine_predictions_total", "Samples classified.", ["cultivar", "model_version"], registry=registry
        )
        self._predictions = [predictions.labels(cultivar, model.version) for cultivar in model.classes]
        confidence = Histogram(
            "wine_prediction_confidence",
            "Probability of the class that was chosen.",
            ["cultivar"],
            buckets=CONFIDENCE_BUCKETS,
            registry=registry,
        )
        self._confidence = [confidence.labels(cultivar) for cultivar in model.classes]
        rejected = Counter("wine_rejected_requests_total", "Requests answered with 4xx.", ["reason"], registry=registry)
        self._rejected = {reason: rejected.labels(reason) for reason in REASONS}
        self._describe_inputs(model, registry)
        info = Gauge(
            "wine_model_info",
            "The model that answers.",
            ["model_version", "sklearn_version"],
            multiprocess_mode="mostrecent",
            registry=registry,
        )
        info.labels(model.version, model.libraries["scikit-learn"]).set(1)

    def _describe_inputs(self, model, registry):
        counts = Counter(
            "wine_feature_bin_total",
            "Values of a feature that fell into a bin of its training distribution.",
            ["feature", "bin", "model_version"],
            registry=registry,
        )
        reference = Gauge(
            "wine_feature_bin_reference",
            "Share of the training data in a bin of a feature.",
            ["feature", "bin", "model_version"],
            multiprocess_mode="mostrecent",
            registry=registry,
        )
        self._bins = [
            counts.labels(feature["name"], place, model.version) for feature in model.features for place in BINS
        ]
        self._edges = [(i * len(BINS), feature["bins"]) for i, feature in enumerate(model.features)]
        for feature in model.features:
            for place, share in zip(BINS, feature["shares"], strict=True):
                reference.labels(feature["name"], place, model.version).set(share)

    def predicted(self, samples, labels, probabilities):
        """Count predictions: the samples (13 numbers each), their class numbers and their probabilities (3 each)."""
        for label, row in zip(labels, probabilities, strict=True):
            self._predictions[label].inc()
            self._confidence[label].observe(row[label])
        counts = [0] * len(self._bins)
        for sample in samples:
            for value, (first, edges) in zip(sample, self._edges, strict=True):
                counts[first + bisect_left(edges, value)] += 1
        for one, count in zip(self._bins, counts, strict=True):
            if count:
                one.inc(count)

    def rejected(self, reason):
        """Count a request that was answered with 4xx; reason is one of problems.REASONS."""
        self._rejected[reason].inc()
