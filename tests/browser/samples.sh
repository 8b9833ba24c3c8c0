#!/bin/sh
# Writes what tests/browser/check.mjs looks at: tests/browser/samples.sh PROGRAM FOLDER
#
#   FOLDER/gallery    ten reports in both languages, with their index page
#   FOLDER/hostile    reports on messages that try to break out, in both languages; and one with 3,000 findings
#   FOLDER/fixtures   a report and SARIF on every fixture
set -eu
program=$(realpath "$1")
out=$(realpath -m "$2")
cd "$(dirname "$0")/../.."
rm -rf "$out"
mkdir -p "$out/hostile" "$out/messages"
tests/gallery.py "$program" "$out/gallery" >/dev/null
OUT=$out/fixtures tests/fixtures.sh "$program" >/dev/null || echo 'samples: some fixtures are not as expected' >&2
for report in "$out"/fixtures/*.xml; do
    "$program" render -o "${report%.xml}.sarif" "$report"
done

/usr/bin/python3 tests/browser/hostile.py "$out/messages"
for message in "$out"/messages/*.eml; do
    name=$(basename "$message" .eml)
    for language in en nl; do
        "$program" analyze --dns-zone "$out/messages/hostile.zone" --now 2026-11-23T10:05:00Z --lang $language --fail-on never \
            -o "$out/hostile/$name.$language.html" "$message"
    done
done

# A stored report may say anything that the schema allows: each finding of the demo until there are 3,000 that fail.
/usr/bin/python3 - "$out/gallery/demo.xml" "$out/messages/findings.xml" <<'PY'
import copy, sys
import xml.etree.ElementTree as ET
R = "{urn:mailassay:report:1}"
ET.register_namespace("", R[1:-1])
tree = ET.parse(sys.argv[1])
findings = tree.find(f"{R}findings")
failing = [f for f in findings if f.get("outcome") == "fail"]
for number in range(len(findings) + 1, len(findings) + 3001):
    one = copy.deepcopy(failing[number % len(failing)])
    one.set("number", str(number))
    findings.append(one)
deductions = tree.find(f"{R}score/{R}deductions")
for number in range(3000):
    deductions.append(copy.deepcopy(deductions[number % 3]))
tree.write(sys.argv[2], encoding="utf-8", xml_declaration=True)
PY
"$program" render -o "$out/hostile/thousands-of-findings.en.html" "$out/messages/findings.xml"
