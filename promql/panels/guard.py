"""Whatever a dashboard's JSON holds, a reader sees a picture or one sentence."""

import contextlib

from promql.errors import PromQLError, UnsupportedPanel

SLIPS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError)


@contextlib.contextmanager
def explained(name):
    """Raise UnsupportedPanel in the place of an error that only the JSON of what is called `name` can have caused."""
    try:
        yield
    except PromQLError:
        raise
    except SLIPS as error:
        what = f"{type(error).__name__}: {error}".partition("\n")[0]
        raise UnsupportedPanel(f"{name}: its JSON is not understood ({what}).") from error
