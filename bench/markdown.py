"""The files that a benchmark writes: what it is, kept by hand, and below a mark the tables of its last run."""

MARK = "<!-- measured -->"


def table(frame):
    """A DataFrame as a Markdown table."""
    lines = [frame.columns, ["---"] * frame.shape[1], *frame.astype(object).where(frame.notna(), "").to_numpy()]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def renew(path, *paragraphs):
    """Put `paragraphs` in the place of what stands below the mark."""
    kept = path.read_text().partition(MARK)[0]
    path.write_text("\n\n".join([kept + MARK, *paragraphs]) + "\n")
