#!/usr/bin/env python3
"""Whether all views of a report tell the same findings as the XML, and each keeps to its format.

    tests/check_formats.py REPORTS VIEWS

REPORTS holds NAME.xml, .html, .json and .txt; VIEWS holds NAME.md, .junit.xml, .sarif, .prom, .nagios and .authres.
A finding is its rule and its object. Last line: "N passed, N failed".
"""
import json
import pathlib
import re
import sys
import xml.etree.ElementTree as ET
from collections import Counter

import jsonschema

ROOT = pathlib.Path(__file__).resolve().parent.parent
NS = "{urn:mailassay:report:1}"
STATE = {None: None, "new": "new", "worse": "updated", "better": "updated", "known": "unchanged"}
RANK = {"info": 0, "notice": 1, "warning": 2, "error": 3}
SARIF = jsonschema.Draft202012Validator(json.loads((ROOT / "tests/schemas/sarif.schema.json").read_text()))
TOPICS = "message|dkim|spf|dmarc|arc|alignment|transport|profile|cause"
# \u{202E} and the like never stand in a view as they are.
UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


class Report:
    def __init__(self, path):
        self.root = ET.parse(path).getroot()
        self.verdict = self.root.find(NS + "verdict")
        self.findings = [dict(f.attrib, element=f) for f in self.root.iter(NS + "finding")]
        self.failing = [f for f in self.findings if f["outcome"] == "fail" and f["waived"] == "false"]
        self.waived = [f for f in self.findings if f["outcome"] == "fail" and f["waived"] == "true"]
        # Set against a baseline, views tell what is new or worse, and what is gone.
        self.baseline = self.root.find(NS + "baseline")
        self.gone = [] if self.baseline is None else [dict(g.attrib) for g in self.baseline.find(NS + "gone")]
        self.not_judged = [] if self.baseline is None else [dict(g.attrib) for g in self.baseline.find(NS + "not-judged")]


def told(finding):
    return finding.get("since-baseline", "new") in ("new", "worse")


def key(finding):
    return finding["rule"], finding["object"]


def same(what, got, wanted):
    got, wanted = Counter(got), Counter(wanted)
    assert got == wanted, f"{what}: {list((got - wanted).items())[:3]} too many, {list((wanted - got).items())[:3]} missing"


def check_json(report, text):
    found = [(f["rule"], f["object"], f["outcome"]) for f in json.loads(text)["findings"]]
    same("findings", found, [key(f) + (f["outcome"],) for f in report.findings])
    line = RANK[report.verdict.get("fail-on")]
    passes = not any(told(f) and RANK[f["severity"]] >= line for f in report.failing)
    assert report.verdict.get("passed") == str(passes).lower(), "the gate"
    baseline = json.loads(text).get("baseline")
    assert (baseline is None) == (report.baseline is None), "baseline"
    same("gone", [(g["rule"], g["object"]) for g in baseline["gone"]] if baseline else [], [key(g) for g in report.gone])


def check_html(report, text):
    shown = re.findall(r'id="finding-(\d+)"', text)
    wanted = [f["number"] for f in report.findings if f["outcome"] in ("fail", "not-evaluable")]
    same("findings", shown, wanted)
    articles = re.findall(r'<article class="finding [a-z]+" id="finding-(\d+)"', text)
    same("articles", articles, [f["number"] for f in report.failing + report.waived if told(f)])
    gone = re.findall(r'<span class="sign" aria-hidden="true">[✓?]</span> [^<]*<span class="detail"> <code>([a-z0-9-]+)<', text)
    same("gone", gone, [g["rule"] for g in report.gone + report.not_judged])


def check_lines(report, text):
    """Text and Markdown name the rule of each finding on a line of its own, with its object and its certainty."""
    flat = re.sub(r"[\s`\\]+", "", text)
    gone = report.gone + report.not_judged
    for finding in [f for f in report.failing + report.waived if told(f)] + gone:
        about = finding["rule"] + (f"({finding['object']})" if finding["object"] else "") + ","
        assert re.sub(r"[\s`\\]+", "", about) in flat, f"{about} is missing"
    about = {re.sub(r"[\s`\\]+", "", f["rule"] + (f"({f['object']})" if f["object"] else "") + "," + f["certainty"])
             for f in report.failing + report.waived if not told(f)}
    about -= {re.sub(r"[\s`\\]+", "", f["rule"] + (f"({f['object']})" if f["object"] else "") + "," + f["certainty"])
              for f in report.failing + report.waived if told(f)}
    for one in about:
        assert one not in flat, f"{one} is known and told all the same"
    named = set(re.findall(rf"^ *(?:- )?((?:{TOPICS})-[a-z0-9-]+)(?: \(|,)", text, re.M))
    known = {f["rule"] for f in report.findings if f["outcome"] in ("fail", "not-evaluable")} | {g["rule"] for g in gone}
    assert named <= known, f"{named - known} is in no finding"


def provider_table(report):
    """The one table, of words that are all the program's own; rows in which nothing is asked are left out."""
    providers = list(report.root.iter(NS + "provider"))
    rows = [["Requirement"] + [one.get("short-name").replace("web.de/GMX", "`web.de/GMX`") for one in providers],
            ["---"] * (len(providers) + 1)]
    for test in report.root.iter(NS + "provider-test"):
        asked = [next((a for a in one.iter(NS + "requirement") if a.get("test") == test.get("id")), None) for one in providers]
        states = [None if a is None else a.get("fulfilled") for a in asked]
        if all(state in (None, "not-applicable") for state in states):
            continue
        signs = {None: "", "met": "✓", "not-met": "✗", "not-evaluable": "?", "not-applicable": "–"}
        rows.append([test.find(NS + "title").text] + [
            "\\!" if state == "not-met" and a.get("required") == "false" else signs[state] for a, state in zip(asked, states)])
    return "".join("| " + " | ".join(row) + " |\n" for row in rows)


def check_markdown(report, text):
    check_lines(report, text)
    table = provider_table(report)
    assert text.count("\n\n" + table + "\n") == 1, "no provider matrix"
    text = text.replace(table, "")
    prose = re.sub(r"^( *)(`{3,})\n(?:.*\n)*?\1\2$", "", text, flags=re.M)  # code blocks
    prose = re.sub(r"(?<![`\\])(`+)(?!`).*?(?<!`)\1(?!`)", "", prose)  # code spans
    prose = re.sub(r"\\[!-/:-@\[-`{-~]", "", prose)
    left = re.search(r"[<>\[\]|`]|https?://|\S@\S|\w\.[A-Za-z]{2}", prose)
    assert not left, f"mark-up or a link: {prose[max(0, left.start() - 30):left.end() + 30]!r}"


def check_junit(report, text):
    root = ET.fromstring(text)
    line = min(RANK["warning"], RANK[report.verdict.get("fail-on")])
    wanted, got = Counter(), Counter()
    for f in report.findings:
        name = f["rule"] + (f" ({f['object']})" if f["object"] else "")
        fails = f["outcome"] == "fail" and f["waived"] == "false"
        kind = ("skipped" if fails and not told(f) else ("failure" if RANK[f["severity"]] >= line else "system-out") if fails
                else {"pass": "", "not-evaluable": "error"}.get(f["outcome"], "skipped"))
        wanted[f["topic"], name, kind] += 1
    for suite in root:
        for case in suite.findall("testcase"):
            got[suite.get("name"), case.get("name"), case[0].tag if len(case) else ""] += 1
    same("cases", got, wanted)
    for node in [root, *root]:
        for attribute, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert int(node.get(attribute)) == len(list(node.iter(tag))), f"{attribute} of {node.get('name')}"


def check_sarif(report, text):
    log = json.loads(text)
    error = next(SARIF.iter_errors(log), None)
    assert error is None, f"{error.json_path}: {error.message[:200]}"
    run = log["runs"][0]
    rules, got, absent = run["tool"]["driver"]["rules"], [], []
    for result in run["results"]:
        location = result["locations"][0]
        thing = location.get("logicalLocations", [{"fullyQualifiedName": ""}])[0]["fullyQualifiedName"]
        region = location["physicalLocation"].get("region", {})
        assert rules[result["ruleIndex"]]["id"] == result["ruleId"], "ruleIndex"
        state = result.get("baselineState")
        if state == "absent":
            absent.append((result["ruleId"], thing))
            continue
        got.append((result["ruleId"], thing, "suppressions" in result, state, region.get("byteOffset"), region.get("byteLength")))
    wanted = []
    for f in report.failing + report.waived:
        place = f["element"].find(NS + "place")
        where = (None, None) if place is None else (int(place.get("offset")), int(place.get("length")))
        wanted.append(key(f) + (f["waived"] == "true", STATE[f.get("since-baseline")]) + where)
    same("results", got, wanted)
    same("absent results", absent, [key(g) for g in report.gone])
    same("rules", [rule["id"] for rule in rules], {f["rule"] for f in report.failing + report.waived + report.gone})
    size = run["artifacts"][0]["length"]
    for _, _, _, _, offset, length in got:
        assert offset is None or offset + length <= size, "a region beyond the message"


LABEL = r'([a-z]+)="((?:[^"\\\n]|\\[\\"n])*)"'
SAMPLE = re.compile(rf"mailassay_([a-z_]+)\{{({LABEL}(?:,{LABEL})*)\}} (\d+)")


def check_prometheus(report, text):
    typed, seen, failing, against = set(), set(), [], {}
    assert text.endswith("\n"), "no final line end"
    for line in text.splitlines():
        if line.startswith("#"):
            typed.update(re.findall(r"^# TYPE mailassay_([a-z_]+) gauge$", line))
            continue
        sample = SAMPLE.fullmatch(line)
        assert sample, f"no sample: {line[:200]}"
        name, labels = sample.group(1), dict(re.findall(LABEL, sample.group(2)))
        assert name in typed, f"{name} has no type"
        series = line.rsplit(" ", 1)[0]
        assert series not in seen, f"twice: {series[:200]}"
        seen.add(series)
        if name == "finding_failing":
            plain = {k: re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m[1], m[1]), v) for k, v in labels.items()}
            failing.append((plain["rule"], plain["object"]))
        if name == "baseline_findings":
            against[labels["change"]] = int(sample.group(sample.lastindex))
    same("failing findings", failing, {key(f) for f in report.failing if told(f)})
    counts = Counter(f.get("since-baseline") for f in report.failing)
    wanted = {} if report.baseline is None else {c: counts[c] for c in ("new", "worse", "better", "known")} | {"gone": len(report.gone)}
    assert against == wanted, f"baseline_findings {against}, not {wanted}"


def check_nagios(report, text):
    line = re.fullmatch(r"MAILASSAY (OK|WARNING|CRITICAL|UNKNOWN) - [^|\n]+ \| "
                        r"score=(\d+);(\d+):;(\d+):;0;100 errors=(\d+);;;0 warnings=(\d+);;;0 notices=(\d+);;;0"
                        r"(?: new=(\d+);;;0 worse=(\d+);;;0)?\n", text)
    assert line, "not one line of a plugin"
    verdict, baseline = report.verdict, report.baseline
    numbers = [verdict.get(n) for n in ("score", "warn-below", "fail-below", "errors", "warnings", "notices")]
    numbers += [None if baseline is None else baseline.get(n) for n in ("new", "worse")]
    assert list(line.groups()[1:]) == numbers, "numbers differ"
    warns, score = numbers[4] != "0", int(numbers[0])
    if baseline is not None:
        warns = any(f["severity"] == "warning" and told(f) for f in report.failing)
        if score >= int(baseline.get("score")):
            score = 100
    state = ("CRITICAL" if verdict.get("passed") == "false" or score < int(numbers[2])
             else "WARNING" if warns or score < int(numbers[1])
             else "UNKNOWN" if verdict.get("open") != "no" else "OK")
    assert line.group(1) == state, f"{line.group(1)} instead of {state}"


def check_authres(report, text):
    assert text.endswith("\n") and not re.search(r"\n[^ \t]", text), "not one field"
    name, _, value = text.partition(": ")
    assert name == "Authentication-Results"
    results = re.findall(r";\s+(\w+)=(\w+)", re.sub(r'"(?:[^"\\]|\\.)*"', "x", value))
    dkim = [s.get("result") for s in report.root.findall(f"{NS}signatures/{NS}signature")]
    wanted = [("dkim", r) for r in dkim if r != "not-evaluable"]
    same("dkim results", [r for r in results if r[0] == "dkim"], wanted or ([("dkim", "none")] if not dkim else []))
    for name in ("spf-mail-from", "spf-helo"):
        check = report.root.find(f"{NS}spf/{NS}{name}")
        assert check.get("evaluable") == "false" or ("spf", check.get("result")) in results, name
    dmarc = [r for m, r in results if m == "dmarc"]
    assert dmarc in ([], [report.verdict.get("dmarc")]), "dmarc"
    assert max(map(len, text.splitlines())) <= 998, "a line over 998 octets"


def check_letter(report, text):
    """What it hands over is offered in the report, of the From domain's organisation, and told once for each name."""
    zone = report.root.find(f"{NS}identities/{NS}from").get("organizational-domain") or ""
    include = report.root.find(f"{NS}alignment").get("spf-include") or ""
    if not report.root.find(f"{NS}alignment").get("from-domain"):
        assert text.startswith("The message names no single sender domain"), "no domain, but a letter"
        return

    def theirs(name):
        return f".{name}".endswith(f".{zone}") and not (include and f".{name}".endswith(f".{include}"))

    offered = [[(c.get("action"), c.get("name"), c.get("type")) for c in remedy.iter(f"{NS}change")]
               for remedy in report.root.iter(f"{NS}remedy") if remedy.get("actor") == "dns"]
    values = {c.findtext(f"{NS}value") for c in report.root.iter(f"{NS}change")}
    told = [(action.lower(), name, kind) for action, kind, name in
            re.findall(r"^\d+[a-z]?\. (Add|Change|Remove)\s+(?:a|the)\s+(\w+)\s+record\s+at\s+(\S+)", text, re.M)]
    assert all(theirs(name) for _, name, _ in told), f"not theirs: {told}"
    wanted = {changes[0][1] for changes in offered if theirs(changes[0][1])}
    assert wanted == {name for _, name, _ in told}, f"{wanted} offered, {told} told"
    assert all(any(set(changes) <= set(told) for changes in offered if changes[0][1] == name) for name in wanted)
    for value in re.findall(r"^   Value, on one line .*\n(.*)$", text, re.M):
        assert value in values, f"value of nowhere: {value}"
    words = set(re.findall(r"[\w-]+", text))
    named = words & {f.get("rule") for f in report.root.iter(f"{NS}finding") if f.get("rule") != "message-id"}
    assert not named, f"names rules: {named}"
    assert "score" not in words, "a grade"


VIEWS = {".letter.txt": check_letter, ".md": check_markdown, ".junit.xml": check_junit, ".sarif": check_sarif, ".prom": check_prometheus,
         ".nagios": check_nagios, ".authres": check_authres}
REPORTS = {".json": check_json, ".html": check_html, ".txt": check_lines}


def main():
    reports, views = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    passed = failed = 0
    for path in sorted(reports.glob("*.xml")):
        report = Report(path)
        for folder, checks in ((reports, REPORTS), (views, VIEWS)):
            for suffix, check in checks.items():
                view = folder / (path.stem + suffix)
                try:
                    text = view.read_bytes().decode("utf-8")
                    unsafe = UNSAFE.search(text)
                    assert not unsafe, f"character {unsafe.group()!r}"
                    check(report, text)
                    passed += 1
                except (AssertionError, OSError, ValueError, KeyError, ET.ParseError) as fault:
                    print(f"{view.name}: {fault}")
                    failed += 1
    if passed + failed == 0:
        failed = 1
        print("no reports")
    print(f"{passed} passed, {failed} failed")
    return failed > 0


sys.exit(main())
