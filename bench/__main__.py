"""python -m bench [PART...]: measure all or some PARTS, and write the tables and pictures of bench/ anew."""

import importlib
import sys

PARTS = ["image", "serving", "overload", "deaths", "promql", "capacity"]

for part in sys.argv[1:] or PARTS:
    if part not in PARTS:
        raise SystemExit(f"There is no benchmark {part!r}; there are: {', '.join(PARTS)}.")
    importlib.import_module(f"bench.{part}").main()
