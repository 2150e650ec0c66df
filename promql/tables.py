"""Tables as notebooks show them: addresses among the labels are links."""

import html
import re

import pandas as pd

ADDRESS = re.compile(r"https?://\S+")


class Table(pd.DataFrame):
    """A tidy frame of an answer. Like any DataFrame but in how a notebook shows it; what is made of it is a DataFrame.

    pandas can render links, too, but puts addresses into the page as they are, and anyone may name a label's value.
    """

    def _repr_html_(self) -> str | None:
        texts = [name for name in self.columns if self[name].map(is_address).any()]
        if not texts:
            return super()._repr_html_()
        shown = pd.DataFrame(self).map(lambda one: one if isinstance(one, float) else html.escape(str(one)))
        for name in texts:
            shown[name] = shown[name].map(lambda one: f'<a href="{one}">{one}</a>' if is_address(one) else one)
        shown.columns = [html.escape(str(name)) for name in shown.columns]
        with pd.option_context("display.max_colwidth", None):
            return shown.to_html(escape=False, notebook=True, max_rows=pd.get_option("display.max_rows"))


def is_address(one: object) -> bool:
    """Whether a value is an address of the web."""
    return isinstance(one, str) and bool(ADDRESS.fullmatch(one))
