"""The queries of a panel that Prometheus can be asked, as its JSON has them."""

from promql.panels.options import SOURCES


def kind(model):
    """The kind of data source that a model names; None where it names none, or only its uid or name."""
    source = model.get("datasource")
    return source.get("type") if isinstance(source, dict) else None


def foreign(panel):
    """The kinds of data sources, other than Prometheus, that a panel asks."""
    asked = [kind(one) or kind(panel) for one in panel.get("targets") or [] if not one.get("hide")]
    return [one for one in dict.fromkeys(asked) if one not in SOURCES]


def sent(panel):
    """The targets to send, each with a letter; one that is a range and an instant at once is two."""
    found = []
    for place, one in enumerate(panel.get("targets") or []):
        target = {**one, "refId": one.get("refId") or letter(place)}
        if not one.get("expr") or one.get("hide") or (kind(one) or kind(panel)) not in SOURCES:
            continue
        if one.get("instant") and one.get("range"):
            found += [target | {"instant": False}, target | {"range": False, "refId": f"{target['refId']}-Instant"}]
        else:
            found.append(target)
    return found


def letter(place):
    """A, B, ... Z, A1, A2, ..."""
    return chr(65 + place) if place < 26 else f"A{place - 25}"
