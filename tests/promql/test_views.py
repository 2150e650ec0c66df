"""What `%%promql` does with an answer, or instead of one, by its options: in a real kernel."""

import pytest

from tests.promql.kernel import HOURS
from workbook.waiting import eventually

RATES = "sum by (code) (rate(http_requests_total[5m]))"


@pytest.fixture
def run(notebook):
    """Run a cell that must not fail: (printed text, table or value, figures)."""

    def ran(cell):
        printed, value, figures, error = notebook.run(cell)
        assert error is None, error
        return printed, value, figures

    return ran


def test_a_tree(run, version_3):
    _, value, figures = run(f"%promql --explain --end 2026-01-01T02:00Z {RATES}")
    whole, rates, samples = value.splitlines()
    assert whole.startswith(f"{RATES}  ") and "3 series" in whole
    assert rates.startswith("└─ rate(http") and samples.startswith("   └─ http") and not figures


def test_the_servers_formatter(run):
    assert run("%%promql --format\nsum (up)by(job);1+  1") == ("sum by (job) (up);\n1 + 1\n", None, [])


def test_what_it_cost(run):
    printed, _, figures = run(f"%promql --stats {HOURS} {RATES}")
    samples, time = printed.splitlines()
    assert samples.startswith("Samples: ") and time.endswith("for each of 241 steps.") and len(figures) == 1
    printed, *_ = run("%promql --stats --instant --end 2026-01-01T02:00Z http_requests_total;\n")
    assert "4 used in all steps" in printed
    printed, *_ = run("%%promql --stats --instant --end 2026-01-01T02:00Z\n# all\nhttp_requests_total; up")
    assert [line for line in printed.splitlines() if line.endswith(":")] == ["all:", "up:"]


def test_a_word_before_millions_of_samples(run):
    heavy = "sum(count_over_time(http_requests_total[2h]))"
    printed, _, _ = run(f"%promql --start 2026-01-01T00:00Z --end 2026-01-01T02:00Z --step 2s {heavy}")
    assert printed.startswith("This goes through about 7 million samples. A longer --step, a shorter range")
    assert run(f"%promql {HOURS} {RATES}")[0] == ""


def test_another_server(notebook, run, backfilled):
    run("here = promql.connect('http://127.0.0.1:9', 'nowhere')\npromql.connect(server.url)")
    assert (
        run("%promql --from lab --instant --end 2026-01-01T02:00Z count(http_requests_total)")[1].split()[-1] == "4.0"
    )
    assert "does not answer at http://127.0.0.1:9" in notebook.run("%promql --from nowhere up")[3]
    assert "No server is connected as 'qa'" in notebook.run("%promql --from qa up")[3]


def test_several_queries_have_one_legend(run):
    cell = f"%%promql {HOURS} --step 10m --as rates\n# all\nsum({RATES});\n# failed\n{RATES.replace('5m', '10m')}"
    assert len(run(cell)[2]) == 1
    assert run("rates.columns.names, sorted(set(rates.columns.get_level_values('query')))")[1] == (
        "(FrozenList(['code', 'query']), ['all', 'failed'])"
    )
    run("three = %promql --instant --end 2026-01-01T02:00Z sum(http_requests_total); vector(1); odd_labels")
    assert run("list(three.columns), three.value_.tolist()[1:]")[1] == (
        "(['__name__', 'le', 'query', 'timestamp', 'value', 'value_'], [1.0, 3.0])"
    )


def test_the_past_beside_now(run):
    assert len(run(f"%promql {HOURS} --step 10m --compare 30m --as both {RATES}")[2]) == 1
    run('import pandas as pd\nnow, past = both["200"][""], both["200"]["30m ago"]')
    assert run('bool((past.dropna().iloc[1:] == now.shift(freq="30min").reindex(past.index).dropna().iloc[1:]).all())')[
        1
    ] == ("True")
    assert run(f"%promql {HOURS} --compare 1w {RATES}")[0] == "There was no data 1w earlier.\n"


def test_an_alert_over_the_past(run):
    cell = f'%%promql --alert "for 5m" {HOURS} --step 15s --as hot\nroom_temperature_celsius{{room="hall"}} > 20'
    printed, value, figures = run(cell)
    assert (printed, len(figures)) == ("", 1) and value.startswith("It would have fired 3 times in 2h, evaluated every")
    assert run("hot.episodes.shape, hot.states.shape")[1] == "((3, 5), (481, 1))"
    assert run(cell.replace("> 20", "> 99"))[2] == []


def test_a_rule_against_its_definition(run, server):
    eventually(lambda: len(server.query("job:up:sum[1m]")) > 1, what="samples of the rule", quiet=True)
    _, value, figures = run("%promql --record job:up:sum --start 5m")
    assert "are what the definition gives (100.0%)." in value and len(figures) == 1
    assert "0 of" in run("%promql --record job:up:sum --start 5m 5 + sum by (job) (up)")[1]


@pytest.mark.parametrize("looks", ["--stack", "--log", "--unit reqps", "--stack --unit reqps", "--exemplars"])
def test_looks(run, looks):
    printed, _, figures = run(f"%promql {HOURS} {looks} {RATES}")
    assert len(figures) == 1
    assert printed == "No series of the query has an exemplar in that time.\n" * (looks == "--exemplars")


def test_heatmaps(notebook, run):
    buckets = "sum by (le) (rate(request_duration_seconds_bucket[5m]))"
    printed, _, figures = run(f"%promql {HOURS} --heatmap {buckets}")
    assert printed == "" and figures[0][..., :3].std() > 0.2
    assert "A heatmap needs buckets: sum by (le)" in notebook.run(f"%promql {HOURS} --heatmap {RATES}")[3]


def test_a_range_vector_of_one_instant_as_a_figure(run):
    assert len(run("%promql --instant --plot --end 2026-01-01T02:00Z room_temperature_celsius[5m]")[2]) == 1


def test_a_figure_that_is_drawn_anew(notebook):
    seen = []

    def stop(message):
        seen.append(kind := message["msg_type"])
        if kind == "update_display_data" and seen.count(kind) == 3:
            notebook.manager.interrupt_kernel()

    printed, value, _, error = notebook.run("%promql --live 0.2s --start 1m vector(time())", stop)
    assert (printed, value, error) == ("Stopped.\n", None, None) and seen.count("display_data") == 1
    seen.clear()
    printed, _, _, error = notebook.run('%promql --live "0.1s for 0.3s" --start 1m vector(time())', seen.append)
    assert (printed, error) == ("", None)


def test_what_was_asked(run):
    run("%promql --instant --end 2026-01-01T02:00Z count(odd_values) * 7")
    assert run("asked = %promql --history\nasked[['query', 'options']].iloc[-1].tolist()")[1] == (
        "['count(odd_values) * 7', '--instant --end 2026-01-01T02:00Z']"
    )
    run("%promql --history --as kept")
    assert run("kept.equals(asked)")[1] == "True"
    assert run("asked.server.iloc[-1] == server.url, asked.seconds.iloc[-1] < 60")[1] == "(True, np.True_)"


def test_rules_are_tested_in_a_cell(notebook, run):
    rules = "groups: [{name: g, rules: [{record: two, expr: vector(2)}]}]\n---\n"
    tests = "tests:\n- promql_expr_test: [{expr: two, eval_time: 1m, exp_samples: [{labels: two, value: 2}]}]"
    assert run(f"%%promtool\n{rules}{tests}")[0] == "Passed: 1 test, 1 expression check.\n"
    error = notebook.run(f"%%promtool\n{rules}{tests.replace('value: 2', 'value: 3')}")[3]
    assert error.startswith("promtool says:") and "Traceback" not in error
    assert "does not understand 'up'" in notebook.run(f"%%promtool up\n{rules}{tests}")[0]
    assert (
        "%%promtool does not understand '--ruls'. Is --rules meant" in notebook.run(f"%%promtool --ruls x\n{tests}")[0]
    )


@pytest.mark.parametrize(
    "cell, text",
    [
        ("%promql --history up", "--history takes no query"),
        ("%%promql --history\nup", "--history takes no query"),
        ("%promql --table --unit s up", "--unit and --table do not go together."),
        ("%promql --explain --format up", "--explain and --format do not go together."),
        ("%promql --instant --compare 1w up", "--compare needs a range, but --instant is one point in time."),
        ("%promql --explain up; down", "--explain takes one query, and 2 are here."),
        ("%promql --alert 'soon' up", "'soon' is no timing of an alert. Write"),
        ("%promql --live 0s up", "must be longer than zero"),
        ("%promql --live soon up", "'soon' is not a duration"),
    ],
)
def test_what_makes_no_sense(notebook, cell, text):
    printed, _, figures, error = notebook.run(cell)
    assert text in printed + (error or "") and not figures and "Traceback" not in (error or "")


def test_what_was_asked_in_vain_too(notebook, run):
    assert notebook.run("%promql sum(up")[3]
    run('%promql --live "0.1s for 0.1s" --start 1m --as last vector(time())')
    assert run("asked = %promql --history\nasked['query'].tolist()[-2:], last.shape")[1].startswith(
        "(['sum(up', 'vector(time())'], ("
    )


def test_a_figure_that_stays_empty_says_why_once(run):
    printed, _, figures = run('%promql --live "0.1s for 0.5s" nowhere_at_all')
    assert printed.count("There is no metric nowhere_at_all.") == 1 and not figures


def test_no_half_figure_is_left(notebook):
    figures, error = notebook.run(f"%promql {HOURS} --heatmap {RATES}")[2:]
    assert not figures and "A heatmap needs buckets" in error
    assert notebook.run(f"%promql {HOURS} {RATES}")[2:] != ([], None)


def test_a_time_in_braces_is_a_variable_too(run):
    run("import pandas as pd\nbegan = pd.Timestamp('2026-01-01T01:59Z')")
    for name in ("{began}", "$began"):
        cell = f"%promql --start {name} --end 2026-01-01T02:00Z --step 30s --table sum(http_requests_total)"
        assert len(run(cell)[1].splitlines()) == 5
