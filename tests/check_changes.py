#!/usr/bin/env python3
"""What the reports say that changed: the pieces of every `difference` give `before` and `after` back, and HTML and text mark
just these. Takes the folder that tests/fixtures.sh left; last line: passed and failed."""
import html.parser
import pathlib
import sys
import xml.etree.ElementTree as ET

R = "{urn:mailassay:report:1}"


class Marked(html.parser.HTMLParser):
    """Texts of <del> and <ins>, in order."""

    def __init__(self):
        super().__init__()
        self.texts, self.within = {"del": [], "ins": []}, None

    def handle_starttag(self, tag, attrs):
        if tag in self.texts:
            self.within = tag
            self.texts[tag].append("")

    def handle_endtag(self, tag):
        if tag == self.within:
            self.within = None

    def handle_data(self, data):
        if self.within:
            self.texts[self.within][-1] += data


def joined(pieces, sides):
    return "".join(text for side, text in pieces if side in sides)


def faults_of(path):
    causes = [cause for signature in ET.parse(path).getroot().find(f"{R}signatures") for cause in signature.iter(f"{R}cause")]
    expected = {"del": [], "ins": []}
    for cause in causes:
        before, after = cause.find(f"{R}before"), cause.find(f"{R}after")
        pieces = [(piece.get("in"), piece.find(f"{R}value").text or "") for piece in cause.iter(f"{R}piece")]
        if (before is None or after is None) != (cause.find(f"{R}difference") is None):
            yield "difference where one side is not known, or none where both are"
        if not pieces:
            continue
        if joined(pieces, ("both", "before")) != (before.text or "") or joined(pieces, ("both", "after")) != (after.text or ""):
            yield f"{cause.get('id')}: the pieces are not what stood there"
        expected["del"] += [text for side, text in pieces if side == "before"]
        expected["ins"] += [text for side, text in pieces if side == "after"]
    page = Marked()
    page.feed(path.with_suffix(".html").read_text(encoding="utf-8"))
    shown = {tag: [text.replace("\n", "") for text in texts] for tag, texts in page.texts.items()}
    if shown != expected:
        yield f"HTML marks {shown}, not {expected}"
    text = path.with_suffix(".txt").read_text(encoding="utf-8")
    if bool(expected["ins"]) != ("{+" in text):
        yield "the text marks something else"


def main():
    passed = failed = changes = 0
    for path in sorted(pathlib.Path(sys.argv[1]).glob("*.xml")):
        faults = list(faults_of(path))
        changes += "<piece " in path.read_text(encoding="utf-8")
        passed, failed = passed + (not faults), failed + bool(faults)
        for fault in faults:
            print(f"{path.name}: {fault}"[:300])
    if changes < 5:
        print(f"only {changes} reports tell of a change")
        failed += 1
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
