#!/usr/bin/env python3
"""Holds the provider matrix of every report against its verdict: the two may not contradict each other.

    tests/providers.py REPORTS     folder with reports (XML), as tests/fixtures.sh leaves them

1. A message that costs no points, with nothing open, meets all that is required at every provider.
2. Where a provider would refuse, a finding of severity warning or error fails.
3. What blocks delivery by the verdict (a cap) is not all met at every provider.
4. A requirement that cannot be judged for want of a fact is never "not met", and what is not met certainly has no such
   want; the provider's verdict follows from its requirements.
5. The text view shows it in 80 columns.
Exceptions are named with a reason. Ends with "N passed, N failed"."""
import pathlib
import sys
import xml.etree.ElementTree as ET

R = "{urn:mailassay:report:1}"
# report: what a provider refuses without a warning, and why that is right
EXCEPTIONS = {}
TEXTS = {}  # report: its text view


def verdict_of(provider):
    found = "all-met"
    order = ["refuses", "refuses-bulk", "open", "short", "all-met"]
    for one in provider.iter(f"{R}requirement"):
        state = one.get("fulfilled")
        if one.get("required") != "true" or state in ("met", "not-applicable"):
            continue
        if state == "not-evaluable":
            word = "open"
        elif one.get("inferred") == "true":
            word = "open"
        elif one.get("refuses") != "true":
            word = "short"
        else:
            word = "refuses" if one.get("applies") == "all" else "refuses-bulk"
        found = min(found, word, key=order.index)
    return found


def faults_of(name, report):
    findings = [f for f in report.iter(f"{R}finding") if f.get("outcome") == "fail" and f.get("waived") == "false"]
    grave = [f for f in findings if f.get("severity") in ("warning", "error")]
    blockers = list(report.iter(f"{R}blocker"))
    score = report.find(f"{R}score")
    providers = list(report.iter(f"{R}provider"))
    if len(providers) < 5:
        yield "no matrix"
    for one in providers:
        verdict, who = one.get("verdict"), one.get("id")
        if verdict != verdict_of(one):
            yield f"{who}: {verdict}, but its requirements make {verdict_of(one)}"
        if score.get("value") == "100" and score.get("open") == "no" and verdict in ("refuses", "refuses-bulk", "short"):
            yield f"100 points, but {who} {verdict}"
        if verdict in ("refuses", "refuses-bulk") and not grave and EXCEPTIONS.get(name) != who:
            yield f"{who} {verdict}, but no warning or error fails"
        for requirement in one.iter(f"{R}requirement"):
            open_ = requirement.get("fulfilled") == "not-evaluable"
            if open_ != (requirement.get("missing") is not None):
                yield f"{who} {requirement.get('test')}: {requirement.get('fulfilled')}, missing {requirement.get('missing')}"
    if blockers and all(one.get("verdict") == "all-met" for one in providers):
        yield f"blocked by {blockers[0].get('rule')}, but all is met everywhere"
    text = TEXTS.get(name, "")
    section = text[text.find("What large providers ask"):].split("\n\n")[0]
    if text and (len(section.splitlines()) < 10 or max(map(len, section.splitlines())) > 80):
        yield "the text has no matrix, or a wide one"
    if int(report.find(f"{R}providers").get("all-met")) != sum(one.get("verdict") == "all-met" for one in providers):
        yield "all-met is miscounted"


def main():
    passed = failed = 0
    seen = set()
    for path in pathlib.Path(sys.argv[1]).glob("*.txt"):
        TEXTS[path.stem] = path.read_text(encoding="utf-8")
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.xml")):
        report = ET.parse(path).getroot()
        faults = list(faults_of(path.stem, report))
        seen |= {(one.get("test"), one.get("fulfilled")) for one in report.iter(f"{R}requirement")}
        for fault in faults:
            print(f"{path.stem}: {fault}")
        passed, failed = passed + (not faults), failed + bool(faults)
    # Every test is not met by some message and met by another.
    for test in sorted({test for test, _ in seen}):
        for state in ("met", "not-met"):
            if (test, state) in seen:
                passed += 1
            else:
                failed += 1
                print(f"{test}: {state} in no fixture")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


sys.exit(main())
