#!/usr/bin/env python3
"""Whether the JSON of mailassay compare has the shape that reports/difference.h documents.

    tests/check_compare.py THERE.json [BACK.json]      BACK: the same two the other way round
    tests/check_compare.py THERE.json --octets A B     the places lead to the octets in the files
"""
import json
import re
import sys

CHANGES = {"new": "gone", "worse": "better", "better": "worse", "gone": "new", "settled": "open", "open": "settled"}
UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def keys(thing, *wanted, optional=()):
    assert set(wanted) <= set(thing) <= set(wanted) | set(optional), f"{sorted(thing)}, not {sorted(wanted)}"


def check_state(state):
    if state is not None:
        keys(state, "outcome", "severity", "certainty")


def check_region(region):
    if region["state"] != "differs":
        keys(region, "state", "size_before", "size_after")
        assert region["state"] in ("equal", "not-supplied", "not-comparable")
        return
    keys(region, "state", "size_before", "size_after", "at", "context", "before", "after")
    for side in ("before", "after"):
        keys(region[side], "at_end", "line", "offset", "octets", optional=("field", "name"))
        assert region[side]["at_end"] == (region["at"] == region["size_" + side]), "at_end"


def texts(thing):
    if isinstance(thing, dict):
        for value in thing.values():
            yield from texts(value)
    elif isinstance(thing, list):
        for value in thing:
            yield from texts(value)
    elif isinstance(thing, str):
        yield thing


def matters(d):
    regions = [pair[part] for pair in d["signatures"] or [] for part in ("header", "body")]
    return bool(d["findings"] or any(f["matters"] for f in d["facts"]) or any(r["state"] == "differs" for r in regions))


def check(d):
    keys(d, "before", "after", "differs", "findings", "facts", "signatures", "fields", "omitted")
    keys(d["omitted"], "findings", "facts", "fields")
    for side in ("before", "after"):
        keys(d[side], "input", "sha256", "score", "sentence")
    for finding in d["findings"]:
        keys(finding, "change", "rule", "object", "topic", "title", "before", "after")
        assert finding["change"] in CHANGES
        check_state(finding["before"])
        check_state(finding["after"])
    for fact in d["facts"]:
        keys(fact, "section", "fact", "object", "before", "after", "matters")
        assert fact["before"] != fact["after"], "no difference"
    for pair in d["signatures"] or []:
        keys(pair, "domain", "selector", "same_signature", "arc_instance", "header", "body")
        check_region(pair["header"])
        check_region(pair["body"])
    for field in d["fields"] or []:
        keys(field, "change", "name", "signed", "before", "after")
        present = {"added": (0, 1), "removed": (1, 0), "changed": (1, 1), "refolded": (1, 1)}[field["change"]]
        assert (field["before"] is not None, field["after"] is not None) == present, "sides"
        for side in ("before", "after"):
            if field[side] is not None:
                keys(field[side], "field", "line", "offset", "text")
    if not any(d["omitted"].values()):
        assert d["differs"] == matters(d), "differs"
    for text in texts(d):
        assert not UNSAFE.search(text), f"octets: {text[:80]!r}"


def check_back(d, back):
    """What is new one way is gone the other way; before is after."""
    assert d["differs"] == back["differs"] and d["before"] == back["after"]
    there = sorted((f["rule"], f["change"], json.dumps([f["before"], f["after"]])) for f in d["findings"])
    other = sorted((f["rule"], mirrored(f), json.dumps([f["after"], f["before"]])) for f in back["findings"])
    assert there == other, [x for x in there + other if (x in there) != (x in other)]
    assert there, "no findings to compare"
    facts = sorted(json.dumps([f["section"], f["fact"], f["object"], f["before"], f["after"], f["matters"]]) for f in d["facts"])
    others = sorted(json.dumps([f["section"], f["fact"], f["object"], f["after"], f["before"], f["matters"]]) for f in back["facts"])
    assert facts == others, [x for x in facts + others if (x in facts) != (x in others)]
    for one, two in zip(d["signatures"] or [], back["signatures"] or []):
        assert one["header"]["state"] == two["header"]["state"] and one["body"].get("at") == two["body"].get("at")


def mirrored(finding):
    """A failure that cannot be judged any more is open; the other way round it is new."""
    if finding["change"] == "new" and finding["before"] and finding["before"]["outcome"] == "not-evaluable":
        return "open"
    if finding["change"] == "open" and finding["before"]["outcome"] == "fail":
        return "new"
    return CHANGES[finding["change"]]


def check_octets(d, a, b):
    """The places of the regions are those of the first octets that differ in the files."""
    a, b = open(a, "rb").read(), open(b, "rb").read()
    first = next(i for i in range(len(a)) if a[i] != b[i])
    pair = d["signatures"][0]
    assert pair["header"]["state"] == pair["body"]["state"] == "differs"
    places = [pair[part][side]["offset"] for part in ("header", "body") for side in ("before", "after")]
    start = a.index(b"\r\n\r\n") + 4
    in_body = next(i for i in range(start, len(a)) if a[i] != b[i])
    assert places == [first, first, in_body, in_body], (places, first, in_body)
    assert pair["body"]["before"]["line"] == a[:in_body].count(b"\n") + 1, "line"


def main():
    d = json.load(open(sys.argv[1], encoding="utf-8"))
    check(d)
    if sys.argv[2:3] == ["--octets"]:
        check_octets(d, *sys.argv[3:5])
    elif sys.argv[2:]:
        back = json.load(open(sys.argv[2], encoding="utf-8"))
        check(back)
        check_back(d, back)


main()
