#!/bin/sh
# Whether every rule of the catalogue fires for some message and passes for another, and every state of a signing domain
# occurs: counts over the reports that tests/fixtures.sh left (XML), and over two messages that are too big to keep.
#
#   tests/rules_covered.sh PROGRAM REPORTS
set -u
program=$(realpath "$1") || exit 2
reports=$(realpath "$2") || exit 2
root=$(cd "$(dirname "$0")/.." && pwd)
outcomes=$(mktemp)
big=$(mktemp)
trap 'rm -f "$outcomes" "$big" "$big.xml" "$big.html.xml"' EXIT

# 26 MB of attachment.
{
    cat "$root/fixtures/clean/short-text/message.eml"
    head -c 26000000 /dev/zero | tr '\0' 'A' | fold -w 76 | sed 's/$/\r/'
} >"$big"
"$program" --no-dns --now 2026-11-23T10:05:00Z -o "$big.xml" "$big" || :

# HTML of more than Gmail shows.
{
    printf 'From: a@customer.example\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>'
    head -c 110000 /dev/zero | tr '\0' 'a' | fold -w 76 | sed 's/$/\r/'
} >"$big"
"$program" --no-dns --now 2026-11-23T10:05:00Z -o "$big.html.xml" "$big" || :

for report in "$reports"/*.xml "$big.xml" "$big.html.xml"; do
    grep -o '<finding [^>]*>' "$report" | sed 's/.* rule="\([^"]*\)".* outcome="\([^"]*\)".*/\1 \2/'
done | sort -u >"$outcomes"

passed=0
failed=0
# The rules about causes are one predicate over all kinds: tests/unit/test_cause_rules.c lets every one of them fire and pass.
for rule in $(sed -n 's/.*<rule id="\([^"]*\)".*/\1/p' "$root"/rules/*.xml | grep -v '^cause-'); do
    missing=
    for outcome in fail pass; do
        grep -qx "$rule $outcome" "$outcomes" || missing="$missing $outcome"
    done
    if [ -z "$missing" ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$rule: no fixture with outcome$missing"
    fi
done

# Every word for which key signed stands in some report.
for use in $(sed -n '/name="KeyUse"/,/<\/xs:simpleType>/s/.*<xs:enumeration value="\([^"]*\)".*/\1/p' "$root/reports/report.xsd"); do
    if grep -q "<signing-domain [^>]* use=\"$use\"" "$reports"/*.xml; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "no fixture has a signing domain with use $use"
    fi
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
