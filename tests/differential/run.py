#!/usr/bin/python3
"""Asks several implementations about generated messages and policies, and sorts their disagreements with ours.

usage: run.py [--dkim N] [--spf N] [--seed TEXT] [--only REGEX] [--keep FOLDER] [--table FILE] VOICE

VOICE is the built tests/differential/voice. A comparison is one verdict of ours beside one of another's for one case
(SPF explanations, where both say fail, are compared too; a voice that cannot judge a case abstains). Disagreements that an entry of explained.json covers are
counted by that entry; the others are listed with one example each, and make the exit status 1. --keep writes those
examples as files, --table the classes as CONFORMANCE.md has them.
"""
import argparse
import collections
import json
import os
import re
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import messages  # noqa: E402
import policies  # noqa: E402

PYTHON = "/usr/bin/python3"
VOICES = {
    "dkimpy": ("dkim", [PYTHON, HERE + "/voice_python.py", "dkimpy"]),
    "maildkim": ("dkim", ["perl", HERE + "/voice.pl", "maildkim"]),
    "opendkim": ("dkim", [PYTHON, HERE + "/voice_opendkim.py"]),
    "pyspf": ("spf", [PYTHON, HERE + "/voice_python.py", "pyspf"]),
    "mailspf": ("spf", ["perl", HERE + "/voice.pl", "mailspf"]),
}


def generate(options):
    messages.load_keys(HERE + "/../../fixtures/keys")
    cases = [messages.case(options.seed, i) for i in range(options.dkim)]
    cases += [policies.case(options.seed, i) for i in range(options.spf)]
    if options.only:
        cases = [c for c in cases if re.search(options.only, c["id"] + " " + " ".join(c["features"]))]
    return cases


def ask(command, cases, log):
    """Answers by case id. A voice that stops answers no further: its cases are missing, which the caller reports."""
    text = "".join(json.dumps(c) + "\n" for c in cases)
    done = subprocess.run(command, input=text, stdout=subprocess.PIPE, stderr=log, text=True)
    answers = {}
    for line in done.stdout.splitlines():
        answer = json.loads(line)
        answers[answer["id"]] = answer
    return answers


class Entry:
    """One class of explained.json. All of its conditions must hold: voices, ours and theirs (verdicts), regular
    expressions on a feature, a fact of the world, the details each side gave and our explanation's text, and whether
    the explanations differ only in case."""

    def __init__(self, data):
        self.data = data
        self.verdicts = collections.Counter()
        self.id, self.kind, self.voices = data["id"], data["kind"], data["voices"]
        self.ours, self.theirs = data.get("ours"), data.get("theirs")
        self.feature = re.compile(data.get("feature", ""))
        self.our_detail, self.their_detail = (re.compile(data.get(k, "")) for k in ("our_detail", "their_detail"))
        self.fact, self.our_text = re.compile(data.get("fact", "")), re.compile(data.get("our_text", ""))
        self.only_case = data.get("only_case", False)

    def count(self):
        return sum(self.verdicts.values())

    def covers(self, point):
        return (point["voice"] in self.voices and self.kind == point["kind"]
                and (not self.ours or point["ours"] in self.ours)
                and (not self.theirs or point["theirs"] in self.theirs)
                and any(self.feature.search(f) for f in point["case"]["features"] or [""])
                and self.our_detail.search(point["our_detail"]) and self.their_detail.search(point["their_detail"])
                and any(self.fact.search(f) for f in point["case"].get("facts") or [""]) and self.our_text.search(point["ours"])
                and (not self.only_case or point["ours"].lower() == point["theirs"].lower()))


def compare(cases, ours, others):
    """Yields (voice, agrees, point) for every comparison."""
    for case in cases:
        mine = ours[case["id"]]
        for voice, answers in others.items():
            if VOICES[voice][0] != case["kind"]:
                continue
            theirs = answers.get(case["id"], {"verdict": "no answer"})
            if theirs["verdict"] == "abstains":
                continue
            point = {"voice": voice, "kind": case["kind"], "case": case, "ours": mine["verdict"],
                     "theirs": theirs["verdict"], "our_detail": mine.get("detail") or "",
                     "their_detail": theirs.get("detail") or ""}
            yield voice, point["ours"] == point["theirs"], point
            if case["kind"] == "spf" and point["ours"] == point["theirs"] == "fail":
                point = dict(point, kind="explanation", ours=str(mine.get("explanation")),
                             theirs=str(theirs.get("explanation")))
                yield voice, point["ours"] == point["theirs"], point


def class_of(point):
    words = (point["ours"], point["theirs"]) if point["kind"] != "explanation" else ("text", "text")
    return (point["kind"], point["voice"]) + words + (" ".join(point["case"]["features"]) or "as drawn",)


def keep(folder, key, point):
    """Writes a case as files to look at and to try."""
    import base64
    case = point["case"]
    path = os.path.join(folder, re.sub(r"[^A-Za-z0-9.-]+", "_", "_".join(key)))
    os.makedirs(path, exist_ok=True)
    with open(path + "/dns.zone", "w") as f:
        f.write(case["zone"])
    if "message" in case:
        with open(path + "/message.eml", "wb") as f:
            f.write(base64.b64decode(case["message"]))
    with open(path + "/case.json", "w") as f:
        shown = {k: case.get(k) for k in ("id", "features", "now", "ip", "helo", "mail_from")}
        json.dump(dict(shown, **{k: point[k] for k in ("voice", "ours", "theirs", "our_detail", "their_detail")}), f, indent=1)


def write_table(path, entries):
    with open(path, "w") as f:
        f.write("| class | cases | ours | others | section | reason |\n| --- | --- | --- | --- | --- | --- |\n")
        for entry in (e for e in entries if e.count()):
            texts = entry.kind == "explanation"
            ours = sorted({"text" if texts else o for _, o, _ in entry.verdicts})
            voices = sorted({v for v, _, _ in entry.verdicts})
            others = [v + " " + "/".join(sorted({"other text" if texts else t for w, _, t in entry.verdicts if w == v}))
                      for v in voices]
            f.write("| %s | %d | %s | %s | %s | %s |\n" % (entry.id, entry.count(), "/".join(ours), ", ".join(others),
                                                        entry.data["section"], entry.data["reason"]))


def report(unexplained, entries, counts, options):
    for voice, (compared, agreed) in sorted(counts.items()):
        print("  %-9s %6d comparisons, %6d agree, %5d differ" % (voice, compared, agreed, compared - agreed))
    compared, agreed = (sum(c[i] for c in counts.values()) for i in (0, 1))
    print("  %-9s %6d comparisons, %6d agree, %5d differ" % ("together", compared, agreed, compared - agreed))
    print("explained:")
    for entry in entries:
        if entry.count():
            print("  %5d  %-34s %s" % (entry.count(), entry.id, entry.data["section"]))
    for entry in entries:
        if not entry.count() and not options.only:
            print("  %5d  %-34s (covers nothing in this run)" % (0, entry.id))
    for key, points in sorted(unexplained.items(), key=lambda item: -len(item[1])):
        point = min(points, key=lambda p: len(p["case"]["zone"]) + len(p["case"].get("message", "")))
        print("unexplained: %d of %s" % (len(points), " | ".join(key)))
        print("    e.g. %s: ours %s %s; theirs %s %s" % (point["case"]["id"], point["ours"], point["our_detail"],
                                                         point["theirs"], point["their_detail"]))
        if options.keep:
            keep(options.keep, key, point)
    total = sum(len(p) for p in unexplained.values())
    print("%d comparisons, %d agreements, %d disagreements: %d explained in %d classes, %d unexplained in %d classes"
          % (compared, agreed, compared - agreed, compared - agreed - total, sum(1 for e in entries if e.count), total,
             len(unexplained)))
    return total


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--dkim", type=int, default=5000)
    parser.add_argument("--spf", type=int, default=8000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--only")
    parser.add_argument("--keep")
    parser.add_argument("--table")
    parser.add_argument("voice")
    options = parser.parse_args()
    with open(HERE + "/explained.json") as f:
        entries = [Entry(data) for data in json.load(f)]
    cases = generate(options)
    print("%d cases, seed %s" % (len(cases), options.seed), flush=True)
    with tempfile.TemporaryFile() as log:
        ours = ask([options.voice], cases, log)
        others = {name: ask(command, [c for c in cases if c["kind"] == kind], log)
                  for name, (kind, command) in VOICES.items()}
    missing = [c["id"] for c in cases if c["id"] not in ours]
    if missing:
        sys.exit("%s stopped at %s" % (options.voice, missing[0]))
    unexplained, counts = collections.defaultdict(list), collections.defaultdict(lambda: [0, 0])
    for voice, agrees, point in compare(cases, ours, others):
        counts[voice][0] += 1
        counts[voice][1] += agrees
        if agrees:
            continue
        entry = next((e for e in entries if e.covers(point)), None)
        if entry:
            entry.verdicts[point["voice"], point["ours"], point["theirs"]] += 1
        else:
            unexplained[class_of(point)].append(point)
    if options.table:
        write_table(options.table, entries)
    sys.exit(1 if report(unexplained, entries, counts, options) else 0)


main()
