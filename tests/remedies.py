#!/usr/bin/env python3
"""Holds the reports to their promise: what a remedy is said to do is what happens when it is made.

    tests/remedies.py PROGRAM REPORTS

For each fixture whose report (REPORTS/TOPIC.FOLDER.xml, as tests/fixtures.sh leaves them) offers remedies, each of them,
and the smallest set together, is made twice: in a copy of dns.zone, and as an overlay beside it (--dns-overlay). Results,
score, and the failing findings have to be as promised, no more and no less. Ends with "N passed, N failed".
"""
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

ROOT = pathlib.Path(__file__).resolve().parent.parent / "fixtures"
R = "{urn:mailassay:report:1}"
RECORD = re.compile(r"(\S+)\s+(?:\d+\s+)?(?:IN\s+)?([A-Z]+)\s+(.*)")
STRING = re.compile(r'"((?:[^"\\]|\\.)*)"')
RESULTS = ("spf", "dkim", "dmarc", "score")


def unescaped(text):
    return re.sub(r"\\(\d{3}|.)", lambda m: chr(int(m[1])) if m[1].isdigit() else m[1], text)


def txt_value(rdata):
    return "".join(unescaped(one) for one in STRING.findall(rdata))


def owner_and_type(line):
    """Of a record in one line of a zone file; None for comments and pragmas."""
    record = RECORD.match(line)
    return (record[1].rstrip(".").lower(), record[2]) if record and not line.startswith(";") else None


def txt_line(name, value):
    strings = [value[i : i + 255] for i in range(0, len(value), 255)]
    return f"{name}. TXT " + " ".join('"' + one + '"' for one in strings)


def made(zone, changes):
    """The lines of a zone file after the changes."""
    lines = list(zone)
    for change in changes:
        name, kind = change.get("name"), change.get("type")
        old = {"change": change.findtext(f"{R}was"), "remove": change.findtext(f"{R}value")}.get(change.get("action"))
        if old is not None:
            standing = [i for i, line in enumerate(lines) if owner_and_type(line) == (name, kind)]
            if kind == "TXT":
                # The report escapes the backslashes of a record.
                standing = [i for i in standing if txt_value(RECORD.match(lines[i])[3]) == old.replace(r"\\", "\\")]
            if len(standing) < 1:
                raise ValueError(f"{name} {kind}: nothing in the zone is {old!r}")
            del lines[standing[0]]
        if change.get("action") != "remove":
            value = change.findtext(f"{R}value")
            lines.append(txt_line(name, value) if kind == "TXT" else f"{name}. {kind} {value}.")
    return lines


def overlay(zone, changes):
    """The same as an overlay: it replaces all TXT records of a name, so it has those that stay."""
    after, lines = made(zone, changes), []
    for name in sorted({change.get("name") for change in changes}):
        for kind in ("TXT", "CNAME"):
            keys = [line for line in after if owner_and_type(line) == (name, kind)]
            gone = not keys and any(owner_and_type(line) == (name, kind) for line in zone)
            added = [key for key in keys if key not in zone]
            lines += keys if kind == "TXT" else added
            lines += [f";!remove {name}. {kind}"] if gone else []
    return lines


def failing(report):
    return sorted(
        (finding.get("rule"), finding.get("object"))
        for finding in report.iter(f"{R}finding")
        if finding.get("outcome") == "fail" and finding.get("waived") == "false"
    )


def promised(report, outcome):
    solved = set((outcome.get("solved") or "").split())
    stay = [
        (finding.get("rule"), finding.get("object"))
        for finding in report.iter(f"{R}finding")
        if finding.get("outcome") == "fail" and finding.get("waived") == "false" and finding.get("number") not in solved
    ]
    brought = [(one.get("rule"), one.get("object")) for one in outcome.iter(f"{R}brought-finding")]
    return sorted(stay + brought)


def options_of(folder):
    """As tests/fixtures.sh reads them."""
    options = []
    for line in (folder / "case").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            options += line.split(" ", 1)
    if (folder / "profile.xml").exists():
        options += ["--profile", "profile.xml"]
    return options


def analysed(program, folder, dns):
    command = [program, "analyze", *options_of(folder), *dns, "--format", "xml", "message.eml"]
    run = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    return ET.fromstring(run.stdout)


def differences(report, outcome, after):
    verdict = after.find(f"{R}verdict")
    for name in RESULTS:
        if verdict.get(name) != outcome.get(name):
            yield f"{name}: promised {outcome.get(name)}, is {verdict.get(name)}"
    expected, found = promised(report, outcome), failing(after)
    for one in expected:
        if one not in found:
            yield f"promised to fail: {' '.join(one)}"
    for one in found:
        if one not in expected:
            yield f"fails beyond the promise: {' '.join(one)}"
    errors = [f for f in after.iter(f"{R}finding") if (f.get("outcome"), f.get("severity"), f.get("waived")) == ("fail", "error", "false")]
    if str(len(errors)) != outcome.get("failing-errors"):
        yield f"errors: promised {outcome.get('failing-errors')}, are {len(errors)}"


def promises(report):
    """Title, changes, outcome of each."""
    remedies = report.findall(f".//{R}remedy")
    for remedy in remedies:
        yield f"remedy {remedy.get('number')}", list(remedy.iter(f"{R}change")), remedy.find(f"{R}outcome")
    needed = [remedy for remedy in remedies if remedy.get("in-smallest-set") == "true"]
    if needed:
        changes = [change for remedy in needed for change in remedy.iter(f"{R}change")]
        yield "smallest set", changes, report.find(f"{R}remedies/{R}together")


def hold(program, folder, report, promise):
    """What is not as promised, as lines."""
    title, changes, outcome = promise
    zone = (folder / "dns.zone").read_text(encoding="latin-1").splitlines()
    faults = []
    with tempfile.TemporaryDirectory() as scratch:
        edited, laid = pathlib.Path(scratch, "edited.zone"), pathlib.Path(scratch, "overlay.zone")
        edited.write_text("\n".join(made(zone, changes)) + "\n", encoding="latin-1")
        laid.write_text("\n".join(overlay(zone, changes)) + "\n", encoding="latin-1")
        ways = {"in the zone": ["--dns-zone", edited], "as overlay": ["--dns-zone", "dns.zone", "--dns-overlay", laid]}
        for way, dns in ways.items():
            for difference in differences(report, outcome, analysed(program, folder, dns)):
                faults.append(f"{folder.relative_to(ROOT)}: {title}, {way}: {difference}")
    return faults


def main():
    program, reports = os.path.realpath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
    jobs = []
    for message in sorted(ROOT.rglob("message.eml")):
        folder = message.parent
        report = ET.parse(reports / (str(folder.relative_to(ROOT)).replace("/", ".") + ".xml")).getroot()
        jobs += [(program, folder, report, promise) for promise in promises(report)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(lambda job: hold(*job), jobs))
    for faults in results:
        print("\n".join(faults), end="\n" if faults else "")
    failed = sum(1 for faults in results if faults) + (not jobs)
    print(f"{len(jobs) - failed + (not jobs)} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
