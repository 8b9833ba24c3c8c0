#!/bin/sh
# analyze --baseline: what is new or worse is told and counted, what is known is left out, what is gone is named; in all
# formats, and in the exit status. Takes the reports that tests/fixtures.sh left.
#
#   tests/baseline.sh PROGRAM REPORTS
set -u
program=$(realpath "$1") || exit 2
reports=$(realpath "$2") || exit 2
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root/fixtures" || exit 2
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
passed=0
failed=0

check() {
    title=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "failed: $title"
        head -n 5 "$t/err"
    fi
}
run() {
    "$program" "$@" >"$t/out" 2>"$t/err" </dev/null
    status=$?
}
# replay FOLDER ARGUMENT...: the fixture's message with its zone.
replay() {
    folder=$1
    shift
    run --dns-zone "$folder/dns.zone" --now 2026-11-23T10:05:00Z "$@" "$folder/message.eml"
}
is() { [ "$status" = "$1" ]; }
prints() { grep -q -e "$1" "$t/out"; }
hides() { ! grep -q -e "$1" "$t/out"; }
trouble() { is "$1" && [ "$(wc -l <"$t/err")" = 1 ] && grep -q "^mailassay: .*$2" "$t/err" && [ ! -s "$t/out" ]; }
has() { grep -q -e "$2" "$1"; }

clean=clean/short-text
broken=dkim/footer-appended # an error (25 points) and a notice
replay $clean -o "$t/clean.xml"
replay $broken -o "$t/broken.xml"
body='rule="dkim-body-hash" topic="dkim" severity="error" outcome="fail"'
sed "s/$body/$(printf %s "$body" | sed s/error/notice/)/" "$t/broken.xml" >"$t/milder.xml"
footer='rule="cause-body-footer-appended" topic="cause" severity="notice"'
sed "s/$footer/$(printf %s "$footer" | sed s/notice/error/)/" "$t/broken.xml" >"$t/graver.xml"
check 'the milder baseline is another one' [ "$(cmp "$t/milder.xml" "$t/broken.xml" | wc -l)" = 1 ]
check 'the graver baseline is another one' [ "$(cmp "$t/graver.xml" "$t/broken.xml" | wc -l)" = 1 ]

# --- the gate ---

replay $broken --baseline "$t/broken.xml"
check 'a known error alone: status 0' is 0
check 'a known error: how many are left out' prints '0 new, 0 worse, 0 gone; 2 known findings are left out\.'
check 'a known error: it is not told' hides 'dkim-body-hash (signature-1)'
check 'a known error: nothing new to do' prints 'There is nothing new to do\.'
check 'a known error: the sentence and the score stay' prints 'Score 75 of 100'
check 'whose baseline it was' prints '^Baseline: .*broken.xml'
check 'of which message' sh -c "tr '\n' ' ' <'$t/out' | grep -q ': this message, 2026-11-23T10:05:00Z, Score 75'"
replay $broken --baseline "$t/clean.xml"
check 'a new error: status 1' is 1
check 'a new error: told' prints 'dkim-body-hash (signature-1), '
check 'a new error: counted' prints '2 new, 0 worse, 0 gone\.'
check 'a baseline of another message' sh -c "tr '\n' ' ' <'$t/out' | grep -q 'another message'"
replay $broken --baseline "$t/milder.xml"
check 'worse: status 1' is 1
check 'worse: counted' prints '0 new, 1 worse, 0 gone; 1 known finding is left out\.'
check 'worse: told' prints 'dkim-body-hash (signature-1), '
check 'worse: what is known is not' hides 'cause-body-footer-appended (signature-1)'
replay $broken --baseline "$t/graver.xml"
check 'less grave: status 0' is 0
check 'less grave: left out' prints '0 new, 0 worse, 0 gone; 2 known findings are left out\.'
replay $clean --baseline "$t/broken.xml"
check 'gone: status 0' is 0
check 'gone: counted' prints '0 new, 0 worse, 2 gone\.'
check 'gone: named' prints '^Gone since the baseline'
check 'gone: with what it is now' prints 'dkim-body-hash (signature-1), passes'
replay $clean --baseline "$t/broken.xml" --lang nl
check 'gone: in Dutch' prints '^Verdwenen sinds de nulmeting'
replay $broken --baseline "$t/clean.xml" --fail-on never
check '--fail-on never holds' is 0
sed "s/ severity=\"notice\" outcome=\"fail\"/ severity=\"notice\" outcome=\"pass\"/" "$t/broken.xml" >"$t/half.xml"
replay $broken --baseline "$t/half.xml"
check 'a new notice beside a known error: status 0' is 0
replay $broken --baseline "$t/half.xml" --fail-on notice
check 'the same with --fail-on notice: status 1' is 1
replay dkim/key-missing -o "$t/missing-key.xml"
replay dkim/key-servfail --baseline "$t/missing-key.xml"
check 'what cannot be judged now: status 0' is 0
check 'what cannot be judged now is not gone' prints '^Failed in the baseline, cannot be judged now'
check 'what cannot be judged now is named' prints 'dkim-key-found (signature-1), not evaluable'
replay $broken --baseline "$t/broken.xml" --profile application/work-order-domain-switched-off/profile.xml
check 'a baseline made with another profile' [ "$status" -le 1 ]

# --- --min-score ---

replay $broken --min-score 80 --fail-on never
check '--min-score without a baseline: status 1' is 1
replay $broken --min-score 80 --fail-on never --baseline "$t/broken.xml"
check '--min-score: no lower than the baseline: status 0' is 0
replay $broken --min-score 80 --fail-on never --baseline "$t/clean.xml"
check '--min-score: lower than the baseline: status 1' is 1
replay $broken --min-score 75 --fail-on never --baseline "$t/clean.xml"
check '--min-score: lower, but high enough: status 0' is 0

# --- other gates ---

replay $broken --baseline "$t/broken.xml" --format nagios
check 'nagios: known: OK' is 0
check 'nagios: why' prints '^MAILASSAY OK - .* Against the baseline: 0 new, 0 worse\. |'
replay $broken --baseline "$t/clean.xml" --format nagios
check 'nagios: new: CRITICAL' is 2
replay spf/softfail -o "$t/softfail.xml"
replay spf/softfail --baseline "$t/clean.xml" --format nagios
check 'nagios: a new warning: WARNING' is 1
replay spf/softfail --baseline "$t/softfail.xml" --format nagios
check 'nagios: a known warning: OK' is 0
replay $broken --baseline "$t/broken.xml" --format junit
check 'junit: known: no failure' prints '<testsuites [^>]*failures="0"'
check 'junit: known: skipped' prints '<skipped message="known since the baseline"/>'
replay $broken --baseline "$t/clean.xml" --format junit
check 'junit: new: a failure' prints '<testsuites [^>]*failures="1"'
replay $broken --baseline "$t/broken.xml" --format prometheus
check 'prometheus: passed' prints '^mailassay_passed{.*} 1$'
check 'prometheus: known' prints '^mailassay_baseline_findings{.*change="known"} 2$'
replay $clean --baseline "$t/broken.xml" --format sarif
check 'sarif: gone is absent' [ "$(grep -c '"baselineState": "absent"' "$t/out")" = 2 ]
replay $broken --baseline "$t/milder.xml" --format sarif
check 'sarif: worse is updated' [ "$(grep -c '"baselineState": "updated"' "$t/out")" = 1 ]
check 'sarif: known is unchanged' [ "$(grep -c '"baselineState": "unchanged"' "$t/out")" = 1 ]
replay $broken --format sarif
check 'sarif: without a baseline no state' hides baselineState

# --- what cannot be a baseline ---

replay $broken --baseline "$t/missing.xml" -o "$t/never.xml"
check 'no such baseline' trouble 66 'missing.xml'
replay $broken --baseline $broken/message.eml -o "$t/never.xml"
check 'a message as baseline' trouble 65 'not a report'
sed '100,$d' "$t/broken.xml" >"$t/cut.xml"
replay $broken --baseline "$t/cut.xml" -o "$t/never.xml"
check 'a baseline cut short' trouble 65 'cut.xml:.*not XML'
sed 's/ score="[0-9]*"/ score="many"/' "$t/broken.xml" >"$t/wrong.xml"
replay $broken --baseline "$t/wrong.xml" -o "$t/never.xml"
check 'a baseline that breaks the schema' trouble 65 'many'
: >"$t/empty.xml"
replay $broken --baseline "$t/empty.xml" -o "$t/never.xml"
check 'an empty baseline' trouble 65 'empty.xml'
check 'nothing is written without its baseline' [ ! -e "$t/never.xml" ]

# --- several messages ---

mkdir "$t/in" "$t/old" "$t/new"
cp $clean/message.eml "$t/in/a.eml"
cp $broken/message.eml "$t/in/b.eml"
many() { run --dns-zone $broken/dns.zone --now 2026-11-23T10:05:00Z "$@" "$t/in"; }
many -o "$t/old/%b.xml"
many --baseline "$t/old/%b.xml" -o "$t/new/%b.txt"
check '%b: each with its own: status 0' is 0
check '%b: each has its own' has "$t/new/b.txt" '2 known findings are left out'
many --baseline "$t/old/a.xml" -o "$t/new/%b.txt"
check 'one baseline for all: status 1' is 1
check 'one baseline for all: counted for each' has "$t/new/b.txt" '2 new, 0 worse, 0 gone'
rm "$t/old/a.xml" "$t"/new/*
many --baseline "$t/old/%b.xml" -o "$t/new/%b.txt"
check '%b: one is missing: status 66' is 66
check '%b: its name' has "$t/err" 'old/a.xml'
check '%b: no report without it' [ ! -e "$t/new/a.txt" ]
check '%b: the others are written' [ -s "$t/new/b.txt" ]
replay $broken --baseline "$t/old/b.xml" -o "$t/old/b.xml"
check 'the new report may take the place of the old' is 0
check 'and is a baseline in its turn' has "$t/old/b.xml" '<baseline report-name='
replay $broken --baseline "$t/old/b.xml"
check 'a baseline that had one' prints '2 known findings are left out'

# --- all views, for pairs of fixtures: each message against the report of the one before it ---

mkdir "$t/pairs" "$t/views"
cat >"$t/each" <<'SH'
program=$1 t=$2 old=$3 folder=$4
name=$(printf %s "$folder" | tr / .)
set -- --dns-zone "$folder/dns.zone" --now 2026-11-23T10:05:00Z --fail-on notice
[ ! -f "$folder/profile.xml" ] || set -- "$@" --profile "$folder/profile.xml"
"$program" "$@" --baseline "$old" -o "$t/pairs/$name.xml" -o "$t/pairs/$name.html" -o "$t/pairs/$name.json" \
    -o "$t/pairs/$name.txt" -o "$t/views/$name.letter.txt" -o "$t/views/$name.md" -o "$t/views/$name.junit.xml" -o "$t/views/$name.sarif" \
    -o "$t/views/$name.prom" "$folder/message.eml"
[ $? -le 1 ] || echo "$name: status"
"$program" render --format nagios "$t/pairs/$name.xml" >"$t/views/$name.nagios"
"$program" render --format authres "$t/pairs/$name.xml" >"$t/views/$name.authres"
SH
previous=dkim.second-signature-without-key
for folder in application/work-order-spf-carries dkim/footer-appended dkim/second-signature-without-key \
    profile/rule-switched-off spf/softfail dmarc/misspelt-policy arc/list-with-footer demo; do
    [ -f "$folder/message.eml" ] || continue
    echo "$reports/$previous.xml"
    echo "$folder"
    previous=$(printf %s "$folder" | tr / .)
done | xargs -n 2 -P 2 sh "$t/each" "$program" "$t" >"$t/err" 2>&1
check 'reports with baselines are made' [ ! -s "$t/err" ]
for counts in "$("$root/tests/check_formats.py" "$t/pairs" "$t/views")" "$("$root/tests/check_reports.sh" "$t/pairs")"; do
    printf '%s\n' "$counts" | sed '$d'
    set -- $(printf '%s\n' "$counts" | tail -n 1)
    passed=$((passed + ${1:-0})) failed=$((failed + ${3:-1}))
done

echo "$passed passed, $failed failed"
[ $failed = 0 ]
