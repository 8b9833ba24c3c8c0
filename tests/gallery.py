#!/usr/bin/env python3
"""Writes ten sample reports in both languages and a page that leads to them: tests/gallery.py PROGRAM FOLDER

The samples are folders of fixtures/; what a sample is about is the first line of its `case`.
"""
import base64
import hashlib
import html
import pathlib
import subprocess
import sys
import xml.etree.ElementTree as ET

ROOT = pathlib.Path(__file__).resolve().parent.parent
SAMPLES = (
    "demo",
    "clean/work-order-with-attachment",
    "application/planning-recoded-by-relay",
    "application/work-order-disclaimer-by-customer-gateway",
    "application/reservation-customer-not-set-up",
    "application/work-order-old-key-in-dns",
    "spf/eleven-lookups",
    "arc/list-with-footer",
    "transport/clock-ten-minutes-ahead",
    "dkim/key-servfail",
)
LANGUAGES = {"en": "English", "nl": "Nederlands"}
R = "{urn:mailassay:report:1}"
STYLE = """
.cards { list-style: none; padding: 0; display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr)); gap: 1.2rem; margin-top: 1.6rem; }
.cards li { margin: 0; border: 1px solid var(--line); border-radius: .4rem; background: var(--raised); padding: 1rem 1.2rem; display: flex; gap: 1.2rem; }
.cards h2 { font: 500 1.1rem/1.35 var(--serif); }
.cards .ring { width: 76px; height: 76px; }
.cards p { margin-top: .4rem; }
.cards-page { padding-bottom: 2rem; }
"""


def options(folder):
    """What the `case` of a fixture asks for, as tests/fixtures.sh reads it."""
    given = ["--dns-zone", "dns.zone"]
    if (folder / "profile.xml").exists():
        given += ["--profile", "profile.xml"]
    lines = (folder / "case").read_text().splitlines()
    for line in lines:
        if line and not line.startswith("#"):
            given += line.split(" ", 1)
    return given, lines[0].lstrip("# ")


def write_reports(program, out, sample):
    folder = ROOT / "fixtures" / sample
    name = sample.replace("/", ".")
    given, about = options(folder)
    for language in LANGUAGES:
        target = out / f"{name}.{language}"
        subprocess.run([program, "analyze", *given, "--lang", language, "--fail-on", "never",
                        "-o", f"{target}.html", "-o", f"{out / name}.xml", "message.eml"], cwd=folder, check=True)
    return name, about, ET.parse(out / f"{name}.xml").getroot().find(f"{R}verdict")


def card(name, about, verdict, number):
    score, sentence = verdict.get("score"), verdict.find(f"{R}sentence[@lang='en']").text
    shown = score if verdict.get("open") == "no" else f"≤{score}"
    links = " · ".join(f'<a href="{html.escape(name)}.{code}.html" hreflang="{code}">'
                       f'<span lang="{code}">{language}</span></a>' for code, language in LANGUAGES.items())
    return f"""<li>
<svg class="ring {verdict.get("standing")}" viewBox="0 0 120 120" width="76" height="76" role="img" aria-labelledby="ring-{number}">
<title id="ring-{number}">Score: {shown} of 100</title>
<circle class="track" cx="60" cy="60" r="52" fill="none" stroke-width="9"/>
<circle class="part" cx="60" cy="60" r="52" fill="none" stroke-width="9" pathLength="100" stroke-dasharray="{score} 100" transform="rotate(-90 60 60)"/>
<text x="60" y="72" text-anchor="middle" class="{"big" if shown == score else "big at-most"}">{shown}</text>
</svg>
<div><h2>{html.escape(sentence)}</h2><p>{html.escape(about)}</p><p class="detail">{links} · <code>{html.escape(name)}</code></p></div>
</li>"""


def page(cards):
    style = (ROOT / "reports" / "style.css").read_text() + STYLE
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"""<!DOCTYPE html>
<html lang="en"><head>
<meta charset="UTF-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>mailassay: sample reports</title>
<style>{style}</style>
</head><body>
<header><div class="wide"><h1>Sample reports of mailassay</h1><p>Messages and DNS are made up.</p></div></header>
<main class="wide cards-page"><ul class="cards">
{chr(10).join(cards)}
</ul></main>
</body></html>
"""


def main():
    program, out = pathlib.Path(sys.argv[1]).resolve(), pathlib.Path(sys.argv[2]).resolve()
    out.mkdir(parents=True, exist_ok=True)
    cards = [card(*write_reports(program, out, sample), number) for number, sample in enumerate(SAMPLES)]
    (out / "index.html").write_text(page(cards), encoding="utf-8")
    print(f"Written: {sys.argv[2]}/index.html (open it in a browser), {len(SAMPLES)} reports in {len(LANGUAGES)} languages")


main()
