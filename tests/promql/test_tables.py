"""Tables as notebooks show them."""

import pandas as pd

from promql.tables import Table


def test_addresses_are_links():
    table = Table({"instance": ["https://a.example/?b=1&c=2", "b:80"], "value": [1.0, 0.5]})
    shown = table._repr_html_()
    address = "https://a.example/?b=1&amp;c=2"
    assert f'<a href="{address}">{address}</a>' in shown and "<td>b:80</td>" in shown and "<td>0.5</td>" in shown


def test_nobody_can_write_into_the_page():
    evil = 'https://a"onmouseover="x()"'
    shown = Table({"<b>": ["https://a", evil, "<script>"], "value": [1, 2, {"a": "<i>"}]})._repr_html_()
    assert "<script>" not in shown and '"onmouseover' not in shown and "<b>" not in shown and "<i>" not in shown


def test_other_tables_are_shown_as_ever():
    frame = pd.DataFrame({"job": ["a"], "value": [1.0]})
    assert Table(frame)._repr_html_() == frame._repr_html_()
    assert type(Table(frame)[["job"]]) is pd.DataFrame and repr(Table(frame)) == repr(frame)


def test_long_tables_are_cut():
    shown = Table({"a": ["https://a"] * 1000})._repr_html_()
    assert shown.count("<tr") < 100
