#!/bin/sh
# All formats: `render` makes from each stored report what `analyze` made beside it, every view tells the findings of the
# XML, and stored reports that are none are refused. Takes the reports that tests/fixtures.sh left.
#
#   tests/formats.sh PROGRAM REPORTS
set -u
program=$(realpath "$1") || exit 2
reports=$(realpath "$2") || exit 2
root=$(cd "$(dirname "$0")/.." && pwd)
. "$root/tests/shell-checks.sh"

# --- every fixture's report ---

mkdir "$t/views" "$t/again"
cat >"$t/each" <<'SH'
program=$1 t=$2 report=$3
name=$(basename "$report" .xml)
"$program" render -o "$t/again/%b.xml" -o "$t/again/%b.html" -o "$t/again/%b.json" -o "$t/again/%b.txt" \
    -o "$t/views/%b.letter.txt" -o "$t/views/%b.md" -o "$t/views/%b.junit.xml" -o "$t/views/%b.sarif" -o "$t/views/%b.prom" \
    --format authres "$report" >"$t/views/$name.authres" || echo "$name: render: status $?"
"$program" render --format nagios "$report" >"$t/views/$name.nagios"
status=$?
word=$(set -- OK WARNING CRITICAL UNKNOWN && shift $status && echo "$1")
grep -q "^MAILASSAY $word " "$t/views/$name.nagios" || echo "$name: status $status is not the word of the line"
for made in "$t/again/$name".xml "$t/again/$name".html "$t/again/$name".json "$t/again/$name".txt; do
    cmp "$made" "${report%.xml}.${made##*.}"
done
xmllint --noout --nonet --schema tests/schemas/junit.xsd "$t/views/$name.junit.xml" 2>&1 | grep -v ' validates$'
SH
cd "$root" || exit 2
n=$(find "$reports" -maxdepth 1 -name '*.xml' | wc -l)
find "$reports" -maxdepth 1 -name '*.xml' -print0 | xargs -0 -n 1 -P 2 sh "$t/each" "$program" "$t" >"$t/err" 2>&1
check "render gives what analyze gave, for $n reports" [ ! -s "$t/err" ]
check 'there are reports' [ "$n" -gt 0 ]
counts=$(tests/check_formats.py "$reports" "$t/views")
printf '%s\n' "$counts" | sed '$d'
set -- $(printf '%s\n' "$counts" | tail -n 1)
passed=$((passed + ${1:-0})) failed=$((failed + ${3:-1}))

# --- one message in all formats, in both languages: analyze and render agree ---

cd "$root/fixtures/demo" || exit 2
demo() { run --profile profile.xml --dns-zone dns.zone --now 2026-11-23T10:05:00Z "$@" message.eml; }
demo -o "$t/demo.xml"
check 'analyze: status of the verdict' is 1
for language in en nl; do
    for format in text markdown xml html json junit sarif nagios prometheus authres; do
        demo --lang $language --format $format
        cp "$t/out" "$t/analyzed"
        run render --lang $language --format $format "$t/demo.xml"
        check "$format in $language: render and analyze agree" cmp -s "$t/out" "$t/analyzed"
    done
done
demo --format nagios
check '--format nagios: status 2' is 2
demo --format nagios --fail-on never
check '--format nagios: the status is that of the line' is 2
run --dns-zone dns.zone --now 2026-11-23T10:05:00Z --format nagios ../clean/short-text/message.eml
check '--format nagios: one line, whatever is found' [ "$(wc -l <"$t/out")" = 1 ]
run --no-dns --format nagios "$t/missing.eml"
check '--format nagios: trouble is UNKNOWN' is 3
check '--format nagios: trouble has its line too' prints '^MAILASSAY UNKNOWN - '
run render --format nagios "$t/demo.xml"
check 'render --format nagios: status 2' is 2
"$program" render --format json - <"$t/demo.xml" >"$t/out" 2>"$t/err"
check 'render reads standard input' prints '"program"'
run render -o "$t/%b.html" "$t/demo.xml"
check 'render: %b' [ -s "$t/demo.html" ]
check 'render: -o alone prints nothing' [ ! -s "$t/out" ]

# --- stored reports that are refused ---

run render
check 'render: no report named' trouble 64 'no report given'
run render "$t/demo.xml" "$t/demo.xml"
check 'render: two reports' trouble 64 'one report at a time'
run render --format pdf "$t/demo.xml"
check 'render: unknown format' trouble 64 '--format pdf'
run render -o "$t/x.pdf" "$t/demo.xml"
check 'render: unknown extension' trouble 64 'x.pdf'
run render "$t/missing.xml"
check 'render: missing file' trouble 66 'missing.xml'
run render message.eml
check 'render: a message' trouble 65 'message.eml:1: not a report of mailassay'
run render profile.xml
check 'render: other XML' trouble 65 'not a report'
run render -o "$t/never.html" message.eml
check 'render: nothing is written when it is refused' [ ! -e "$t/never.html" ]

# refused TITLE SCRIPT PATTERN: the demo's report after sed.
refused() {
    sed "$2" "$t/demo.xml" >"$t/changed.xml"
    run render "$t/changed.xml"
    check "render refuses: $1" trouble 65 "$3"
}
refused 'another version' 's/<report \(.*\)version="1"/<report \1version="2"/' 'another version'
refused 'an element that is none' 's/<options>/<options><thing\/>/' 'thing'
refused 'a missing part' '/<omissions\/>/d' 'not a report'
refused 'a number that is none' 's/ score="[0-9]*"/ score="many"/' 'many'
refused 'an unknown outcome' 's/ outcome="pass"/ outcome="splendid"/' 'splendid'
refused 'a DTD with entities' 's/?>/?><!DOCTYPE report [<!ENTITY a "b">]>/' 'document type'
refused 'a control character' 's/ object="signature-1"/ object="\&#x9b;31m"/' 'no report has'
refused 'a line end in an attribute' 's/ object="signature-1"/ object="a\&#10;b"/' 'no report has'
refused 'a change of direction' 's/<value>/<value>\&#x202e;/' 'no report has'
refused 'an address that runs a script' 's/ url="https:/ url="javascript:/' 'no report has'
refused 'a report cut short' '50,$d' 'not XML'

# --- the catalogue ---

run rules
check 'rules: status 0' is 0
check 'rules: all of them' [ "$(wc -l <"$t/out")" = "$(cat "$root"/rules/*.xml | grep -c '<rule ')" ]
check 'rules: id, severity, weight' prints '^dkim-key-found  *error  *25 '
cut -d ' ' -f 1 "$t/out" >"$t/ids"
run rules --lang nl
check 'rules: Dutch' prints '^dkim-key-found .*Publieke sleutel'
run rules --format json
check 'rules: JSON' python3 -c 'import json, sys
rules = json.load(open(sys.argv[1]))
assert [r["id"] for r in rules] == open(sys.argv[2]).read().split()
assert all(r["title"]["en"] and r["title"]["nl"] and r["severity"] and r["weight"] >= 0 and r["references"] for r in rules)' \
    "$t/out" "$t/ids"
run rules --format xml
check 'rules: bad format' trouble 64 'text or json'
run rules dkim
check 'rules: an argument' trouble 64 'no argument'
run explain $(cat "$t/ids")
check 'explain: every rule' [ "$(grep -c '  references  ' "$t/out")" = "$(wc -l <"$t/ids")" ]
run explain dkim-key-found
check 'explain: English' prints '^Public key in DNS'
check 'explain: Dutch' prints '^Publieke sleutel'
check 'explain: severity' prints 'Error'
check 'explain: weight' prints 'Points  *25'
check 'explain: reference' prints 'https://www.rfc-editor.org/rfc/rfc6376'
check 'explain: argument' prints '<domain>'
run explain dkim-key-fond
check 'explain: unknown id, the nearest first' trouble 64 'no such rule; the nearest: dkim-key-found,'
run explain "$(printf 'a\033[31m\n%0900d' 0)"
check 'explain: hostile id' trouble 64 'no such rule'
run explain
check 'explain: no id' trouble 64 'no rule given'

# --- what providers ask ---

run providers
check 'providers: status 0' is 0
check 'providers: all of them' [ "$(grep -c '^  - ' "$t/out")" = "$(grep -c '<requirement ' "$root/rules/providers.xml")" ]
check 'providers: requirement, code, source and month' prints '^  - SPF passes; bulk; would answer 421 4.7.27 or 550 5.7.27; Gmail'
check 'providers: narrow' [ "$(grep -v '^  https:' "$t/out" | LC_ALL=C.UTF-8 awk 'length > 80' | wc -l)" = 0 ]
run providers --lang nl
check 'providers: Dutch' prints '^  - SPF slaagt; bulk; zou 421 4.7.27 of 550 5.7.27 antwoorden'
run providers --format json
check 'providers: JSON' python3 -c 'import json, sys
asked = [r for p in json.load(open(sys.argv[1])) for r in p["requirements"] if p["domains"] and p["scope"]["nl"]]
assert len(asked) == int(sys.argv[2])
assert all(r["title"]["en"] and r["title"]["nl"] and r["sources"] and all(s["as_of"] and s["url"] for s in r["sources"]) for r in asked)' \
    "$t/out" "$(grep -c '<requirement ' "$root/rules/providers.xml")"
run providers gmail
check 'providers: an argument' trouble 64 'no argument'
run providers --format xml
check 'providers: bad format' trouble 64 'text or json'
run --format text --dns-zone "$root/fixtures/spf/softfail/dns.zone" --now 2026-11-23T10:05:00Z --recipient nobody@outlook.com \
    -o "$t/providers.md" -o "$t/providers.html" "$root/fixtures/spf/softfail/message.eml"
check 'matrix: the recipient, and from how many a day' prints 'this message.s recipient'
check 'matrix: the code it would answer' prints 'SPF passes (softfail, bulk): would answer 550 5.7.515'
check 'matrix: a table in Markdown' grep -q '^| SPF passes | ✗ | ✗ | ✗ | ✗ | \\! |$' "$t/providers.md"
check 'matrix: a table in HTML' grep -q '<th scope="row">SPF passes</th><td><span class="status bad"><span class="sign" aria-hidden="true">✗</span> not met</span>' "$t/providers.html"
check 'matrix: when it was read' grep -q '>Gmail sender guidelines</a> (as of <bdi>2026-03</bdi>)' "$t/providers.html"

finish
