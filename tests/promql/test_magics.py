"""`%promql` and `%%promql` in a real IPython kernel, asked as JupyterLab asks: execute_request and complete_request."""

import json
from urllib.parse import unquote_plus

import pytest
from IPython.core.completer import provisionalcompleter
from IPython.core.interactiveshell import InteractiveShell

import promql
from promql import completion
from tests.promql import kernel
from tests.promql.backfill import answering
from tests.promql.kernel import HOURS


def test_a_range_is_a_figure(notebook):
    query = '%%promql {}\nsum by (code) (\n  rate(http_requests_total{{code=~"4..|5..$"}}[5m])\n)'
    for _ in range(2):  # each cell shows its own figure, not the first alone
        printed, value, figures, error = notebook.run(query.format(HOURS))
        assert (printed, value, error, len(figures)) == ("", None, None, 1)
        assert figures[0].std() > 0.05  # something is drawn


@pytest.mark.parametrize("backend", ["Agg", "TkAgg", "svg"])
def test_a_range_is_a_figure_whatever_backend_the_shell_asked_for(backfilled, backend):
    with kernel.notebook(backfilled.url, MPLBACKEND=backend) as book:
        figures, error = book.run(f"%promql {HOURS} sum(room_temperature_celsius)")[2:]
        assert error is None and len(figures) == 1
        figures, error = book.run("import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()")[2:]
        assert error is None and len(figures) == 1


def test_a_backend_that_the_reader_chose_stays(backfilled):
    with kernel.notebook(backfilled.url) as book:
        chosen = "import matplotlib\nmatplotlib.use('svg')\n%reload_ext promql\nmatplotlib.get_backend()"
        assert book.run(chosen)[1] == "'svg'"


def test_an_instant_is_a_table(notebook):
    printed, value, figures, error = notebook.run("%promql --instant --end 2026-01-01T02:00Z room_temperature_celsius")
    assert (printed, figures, error) == ("", [], None)
    lines = [line.split() for line in value.splitlines()]
    assert lines[0] == ["__name__", "floor", "room", "value"]
    assert lines[1] == ["0", "room_temperature_celsius", "1", "attic", "480.000000"]


def test_the_other_form_on_demand(notebook):
    _, value, figures, error = notebook.run(f"%promql {HOURS} --step 1h --table sum(http_requests_total)")
    assert error is None and figures == [] and "2026-01-01 01:00:00+00:00" in value
    _, value, figures, error = notebook.run(
        "%promql --instant --end 2026-01-01T02:00Z --plot topk(3, http_requests_total)"
    )
    assert error is None and len(figures) == 1 and value is None
    _, value, figures, error = notebook.run(f"%promql {HOURS} --plot --table room_temperature_celsius")
    assert error is None and len(figures) == 1 and "attic" in value


def test_a_frame_in_a_variable(notebook):
    notebook.run(f"%promql {HOURS} --step 10m --as temperatures room_temperature_celsius")
    assert notebook.run("temperatures.shape")[1] == "(13, 3)"
    assert notebook.run("table = %promql --instant --end 2026-01-01T02:00Z http_requests_total\nlen(table)")[1] == "4"


def test_braces_dollars_and_quotes_reach_prometheus(notebook):
    """IPython would replace $name and {name} in a magic's line, and its own parser would drop the quotes."""
    notebook.run('code = "changed"')
    query = 'label_replace(odd_values{kind=~"a.*$"}, "code", "$code {code} ${1}x", "kind", "(.*)")'
    _, value, _, error = notebook.run(f"%promql --instant --end 2026-01-01T00:01:40Z {query}")
    assert error is None and " {code} allx" in value and "changed" not in value
    odd = """%%promql --instant --end 2026-01-01T02:00Z --as odd
odd_labels{value='a "quoted" \\\\ {brace}\\nµ'}  # a comment"""
    assert notebook.run(odd)[3] is None and notebook.run("len(odd)")[1] == "1"


@pytest.mark.parametrize(
    "cell, text",
    [
        (
            f"%promql {HOURS} http_requests_total",
            "http_requests_total is a counter by its name, and only grows. Its speed says more: rate(",
        ),
        (
            f"%promql {HOURS} request_duration_seconds_bucket",
            "Buckets add up. A quantile says more: histogram_quantile(0.95,",
        ),
        ("%promql http_requests_totl", "There is no metric http_requests_totl. The nearest: http_requests_total"),
        ("%promql --instant room_temperature_celsius", "No data: every name exists, but no series has a sample there"),
    ],
)
def test_hints(notebook, cell, text):
    printed, _, _, error = notebook.run(cell)
    assert error is None and printed.startswith(text) and printed.count("\n") == 1


def test_warnings_are_one_line(notebook):
    for _ in range(2):  # always, where Python shows a warning once
        printed, value, _, _ = notebook.run(
            "%promql --instant --end 2026-01-01T02:00Z quantile(2, http_requests_total)"
        )
        assert printed == "PromQL warning: quantile value should be between 0 and 1, got 2 (1:10)\n" and "inf" in value


def test_an_empty_range_draws_nothing(notebook):
    printed, value, figures, error = notebook.run(f"%promql {HOURS} room_temperature_celsius > 1e9")
    assert (value, figures, error) == (None, [], None) and printed.startswith("No data")


def test_a_time_may_be_a_variable_but_now_is_now(notebook):
    assert notebook.run("import pandas as pd\nbegan = now = pd.Timestamp('2026-01-01T01:59Z')")[3] is None
    code = "%promql --start began --end 2026-01-01T02:00Z --step 30s --table room_temperature_celsius"
    printed, value, _, error = notebook.run(code)
    assert (printed, error) == ("", None) and "2026-01-01 01:59:30" in value and "01:58" not in value
    assert "No data" in notebook.run("%promql --start now-5m --end now room_temperature_celsius")[0]


@pytest.mark.parametrize(
    "cell, text",
    [
        ("%promql sum(up", "sum(up\n      ^\nparse error: unclosed left parenthesis"),
        (
            "%%promql\nsum by (job) (\n  up up\n)",
            "sum by (job) (\n  up up\n     ^\n)\nparse error: unexpected identifier",
        ),
        ("%promql http_requests_total[5m]", "Wrap it in a function that makes them one number, such as rate:"),
        ("%promql --start yesterday up", "'yesterday' is not a point in time. Write now, now-1h"),
        ("%promql --start 2026-01-01T00:00Z --step 1s up", "A step of"),
    ],
)
def test_errors_are_the_message_alone(notebook, cell, text):
    _, value, _, error = notebook.run(cell)
    assert value is None and text in error and "Traceback" not in error and "File " not in error


@pytest.mark.parametrize(
    "cell, text",
    [
        ("%promql", "UsageError: The query is missing"),
        ("%%promql --instant\n ", "UsageError: The query is missing"),
        ("%promql --frob 5 up", "UsageError: %promql does not understand '--frob'"),
        ("%promql --start", "UsageError: %promql does not understand '--start'"),
    ],
)
def test_usage(notebook, cell, text):
    assert text in notebook.run(cell)[0]


@pytest.mark.parametrize(
    "code, some, none",
    [
        ("%promql rat|", ["rate"], ["http_requests_total"]),
        ("%promql sum(http_|", ["http_requests_total"], ["sum"]),
        ("%promql sum(ROOM|", ["room_temperature_celsius"], []),
        ("%promql temperature|", ["room_temperature_celsius"], []),  # in the middle of the name
        ("%%promql\nsum by (code) (\n  http_req|\n)", ["http_requests_total"], ["rate"]),
        ("x = %promql --instant http_req|", ["http_requests_total"], []),
        ("a = 1\n%promql http_req|\nb = 2", ["http_requests_total"], []),
        ("%promql http_requests_total{|", ["code", "instance", "route"], ["room", "rate"]),
        ('%%promql\nhttp_requests_total{code="200", ro|}', ["route"], ["room"]),
        ('%promql http_requests_total{code="|', ["200", "400", "500"], ["attic"]),
        ('%promql http_requests_total{route="/predict", code=~"4|"}', ["400"], ["200"]),
        ('%promql http_requests_total{route="/healthz", code="|"}', ["200"], ["400", "500"]),
        ("%promql http_requests_total{code=|", ['"200"', '"400"'], []),
        ('%promql {room="|', ["attic", "cellar", "hall"], []),
        ("%promql sum by (|) (rate(http_requests_total[5m]))", ["code", "route"], ["room"]),
        ("%%promql\nsum(room_temperature_celsius) without (fl|)", ["floor"], ["code"]),
        ("%promql --st|", ["--start", "--step"], ["--end"]),
        ("%%promql --instant --|\nup", ["--as", "--plot", "--explain"], ["rate"]),
        ("%promql up[|", ["5m", "1h"], ["up"]),
        ("%promql rate(up[10|])", ["10s", "10m", "10d"], ["5m"]),
        ("%promql max_over_time(up[1h:|])", ["1m"], ["up"]),
        ("%promql up offset 1|", ["1h", "1w"], ["up"]),
        ("%promql --start now-|", ["now-1h"], ["now"]),
        ("%promql --compare 1|", ["1w", "1d"], ["now"]),
        ("%promql --unit bytes|", ["bytes"], ["s"]),
        ("%promql --record |", ["job:up:sum"], ["up"]),
        ("%promql --from la|", ["lab"], ["nowhere"]),
        ("%promql --from lab http_req|", ["http_requests_total"], []),
    ],
)
def test_completion(notebook, code, some, none):
    found = notebook.complete(code)
    assert set(some) <= set(found) and not set(none) & set(found), found
    assert all(text.endswith(code.partition("|")[2]) for text in notebook.last)


def test_completion_replaces_what_was_typed(notebook):
    notebook.complete('%%promql\nsum(http_requests_total{code="40|"}) + 1')
    assert notebook.last == ['%%promql\nsum(http_requests_total{code="400"}) + 1']
    notebook.complete("%promql max(room_t|)")
    assert notebook.last == ["%promql max(room_temperature_celsius)"]
    notebook.complete("%promql max(temperature|)")
    assert notebook.last == ["%promql max(room_temperature_celsius)"]


def test_functions_show_what_they_take(notebook):
    assert notebook.complete("%promql histogram_q|")[0] == "histogram_quantile"
    assert notebook.types[0] == "function (q scalar, v instant-vector)"


@pytest.mark.parametrize("most", [2, 9999])
def test_values_where_there_are_too_many_series(prometheus, monkeypatch, most):
    """Those that go with the rest of the selector, as long as the server can look through them at once."""
    monkeypatch.setattr(completion, "SERIES", 2)
    monkeypatch.setattr(completion, "VALUES", most)
    query = '{__name__=~"http.*",code!="500",code="'
    found = completion.complete(query, query)[1]
    assert {"200", "400"} <= set(found) and ("500" in found) == (most == 2)


def test_more_words_than_a_list_shows(notebook):
    notebook.run("from promql import completion\ncompletion.OFFERED = 5")
    try:
        assert len(notebook.complete("%promql sort|")) == 4 and len(notebook.complete("%promql a|")) == 5
    finally:
        notebook.run("completion.OFFERED = 1000")


@pytest.mark.parametrize(
    "code", ['%promql label_replace(up, "|', '%promql up{job="x"|', "%promql --as no|", "%promql --frob 1 ra|"]
)
def test_nothing_to_complete(notebook, code):
    """Tab leaves the cell as it is, and offers nothing of Python's."""
    assert len(notebook.complete(code)) == 1 and notebook.last == [code.replace("|", "")]


def test_python_completes_as_before(notebook):
    notebook.run("promising = 1")
    assert "promising" in notebook.complete("promis|") and "connect" in "".join(notebook.complete("promql.conn|"))
    assert notebook.complete("%%promq|") == ["%%promql"]


def test_completion_without_a_server(notebook, backfilled):
    notebook.run("promql.connect('http://127.0.0.1:9')")
    try:
        assert notebook.complete("%promql rat|") == [""]
    finally:
        notebook.run(f"promql.connect({backfilled.url!r})")


def test_completion_in_ipython_of_the_terminal(backfilled):
    promql.connect(backfilled.url)
    shell = InteractiveShell.instance()
    try:
        promql.load_ipython_extension(shell)
        with provisionalcompleter():
            found = [one.text for one in shell.Completer.completions("%promql sum(http_", 17)]
        assert found == ["http_requests_total"]
    finally:
        InteractiveShell.clear_instance()


def test_load_twice(notebook):
    notebook.run("%load_ext promql\n%reload_ext promql")
    assert notebook.complete("%promql http_req|") == ["http_requests_total"]


def test_names_and_labels_in_quotes():
    asked, values = [], ['say "hi"', "c:\\d"]

    def answer(_, path):
        asked.append(unquote_plus(path))
        series = [{"service.name": value} for value in values]
        data = series if "/series" in path else ["http.duration", "service.name"]
        return 200, json.dumps({"status": "success", "data": data}).encode()

    with answering(by_request=answer) as (url, _):
        promql.connect(url)
        assert completion.complete('{"http.', "") == ("http.", ["http.duration", "service.name"])
        assert completion.complete('{"http.duration", ', "")[1] == ["http.duration", "service.name"]
        assert '"http.duration"' in asked[-1]
        for begin, offered in (
            ('{"http.duration", "service.name"="', ["c:\\\\d", 'say \\"hi\\"']),
            ('{"http.duration", "service.name"=\'', ["c:\\\\d", 'say "hi"']),
            ('{"http.duration", "service.name"=`', ["c:\\d", 'say "hi"']),
            ('{"http.duration", "service.name"=', ['"c:\\\\d"', '"say \\"hi\\""']),
        ):
            assert completion.complete(begin, "") == ("", offered)


def test_labels_before_the_metric_is_known(notebook):
    assert {"code", "room"} <= set(notebook.complete("%promql sum by (|"))
