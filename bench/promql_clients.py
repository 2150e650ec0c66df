"""One client of Prometheus, measured in a process of its own: `python -m bench.promql_clients NAME decode|fetch WHERE`.

`decode` turns the bytes of an answer into a frame, `fetch` asks the server too. Prints JSON: the seconds of each run,
the peak of memory above what was there before the first, the frame's memory (both MB), and the sum of its numbers.
"""

import gc
import json
import resource
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pandas as pd
import psutil
import urllib3

RUNS = 3
QUERY, START, STEP, COUNT = "bench_load", 1_767_225_600, 15, 1000
END = START + STEP * (COUNT - 1)
MOMENTS = {"start_time": datetime.fromtimestamp(START, UTC), "end_time": datetime.fromtimestamp(END, UTC)}


def json_numpy(body):
    """The least that the standard library and NumPy need: no labels, the garbage collector paused."""
    gc.disable()
    series = json.loads(body)["data"]["result"]
    table = np.full((len(series), COUNT), np.nan)
    for row, one in zip(table, series):
        samples = np.array(one["values"], float)
        row[((samples[:, 0] - START) / STEP).astype(int)] = samples[:, 1]
    gc.enable()
    return pd.DataFrame(table.T, copy=False)


def json_numpy_fetch(url):
    fields = {"query": QUERY, "start": START, "end": END, "step": STEP}
    headers = {"Accept-Encoding": "identity"}
    return json_numpy(urllib3.request("GET", f"{url}/api/v1/query_range", fields=fields, headers=headers).data)


def workbook(body):
    from promql import dataframes, decoding

    answer = decoding.ANSWERS["query_range"](body).data
    return dataframes.range_frame(*dataframes.range_table(answer, np.arange(START, END + 1, STEP) * 1000, STEP * 1000))


def workbook_fetch(url):
    from promql import Prometheus

    return Prometheus(url).query_range(QUERY, START, END, STEP)


def api_client(body):
    from prometheus_api_client import MetricRangeDataFrame

    return MetricRangeDataFrame(json.loads(body)["data"]["result"])


def api_client_fetch(url):
    from prometheus_api_client import MetricRangeDataFrame, PrometheusConnect

    return MetricRangeDataFrame(PrometheusConnect(url).custom_query_range(QUERY, **MOMENTS, step=str(STEP)))


def pandas_client(body):
    from prometheus_pandas.query import to_pandas

    return to_pandas(json.loads(body)["data"])


def pandas_client_fetch(url):
    from prometheus_pandas.query import Prometheus

    return Prometheus(url).query_range(QUERY, START, END, STEP)


def http_api(body):
    from promql_http_api.query import Base, QueryRange

    query = QueryRange("", QUERY, *MOMENTS.values(), STEP)
    query.schema = {"dtype": float}
    query.response = Answer(json.loads(body))
    return Base.to_dataframe(query)


class Answer(dict):
    def data(self):
        return self["data"]


def http_api_fetch(url):
    from promql_http_api import PromqlHttpApi

    query = PromqlHttpApi(url).query_range(QUERY, *MOMENTS.values(), f"{STEP}s")
    return query.to_dataframe(schema={"dtype": float})


CLIENTS = {
    "json + numpy": (json_numpy, json_numpy_fetch),
    "promql": (workbook, workbook_fetch),
    "prometheus-api-client": (api_client, api_client_fetch),
    "prometheus-pandas": (pandas_client, pandas_client_fetch),
    "promql-http-api": (http_api, http_api_fetch),
}


def numbers(frame):
    """The samples of a frame of any client's form."""
    return frame["value"].to_numpy(float) if "value" in frame else frame.to_numpy(float)


def forget_peak():
    """Let `peak` begin anew, where the system can do that."""
    if sys.platform == "linux":
        Path("/proc/self/clear_refs").write_text("5")


def peak():
    """The most memory this process held since `forget_peak`, in MB; on macOS, which forgets nothing, ever."""
    if sys.platform != "linux":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def main(name, what, where):
    ask = CLIENTS[name][what == "fetch"]
    given = Path(where).read_bytes() if what == "decode" else where
    warm = json.dumps(
        {
            "status": "success",
            "data": {"resultType": "matrix", "result": [{"metric": {"a": "b"}, "values": [[START, "1"]]}]},
        }
    )
    CLIENTS[name][0](warm.encode())  # imports and first-time work
    before = psutil.Process().memory_info().rss / 2**20
    forget_peak()
    seconds, top = [], None
    for _ in range(RUNS):
        frame = None
        started = time.perf_counter()
        frame = ask(given)
        seconds.append(time.perf_counter() - started)
        top = top or peak() - before
    size = frame.memory_usage(deep=True, index=True).sum() / 2**20
    print(
        json.dumps(
            {"seconds": seconds, "peak": top, "frame": size, "sum": numbers(frame).sum(), "count": numbers(frame).size}
        )
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
