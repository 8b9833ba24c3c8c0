#!/bin/sh
# Five reports in every format and language, octet for octet as in tests/golden/: what a change does to what people and
# machines read is seen as a diff.
#
#   tests/golden.sh PROGRAM REPORTS [--write]    REPORTS: as tests/fixtures.sh left them; --write makes the files anew
set -u
program=$(realpath "$1") || exit 2
reports=$(realpath "$2") || exit 2
write=${3:-}
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root/tests/golden" || exit 2
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
passed=0
failed=0

# expected FILE: what stands in $t/out is what FILE holds.
expected() {
    mkdir -p "$(dirname "$1")"
    [ "$write" != --write ] || cp "$t/out" "$1"
    if diff -u "$1" "$t/out" >"$t/diff" 2>&1; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "failed: tests/golden/$1"
        head -n 20 "$t/diff"
    fi
}

for name in demo clean.work-order-with-attachment application.work-order-disclaimer-by-customer-gateway \
    profile.from-domain-not-in-list spf.eleven-lookups; do
    cp "$reports/$name.xml" "$t/out"
    expected "$name/report.xml"
    for format in prometheus authres; do # these have no words
        "$program" render --format $format "$reports/$name.xml" >"$t/out" 2>&1
        expected "$name/report.$format"
    done
    for language in en nl; do
        for format in text markdown html json junit sarif nagios letter; do
            "$program" render --lang $language --format $format "$reports/$name.xml" >"$t/out" 2>&1
            expected "$name/$language.$format"
        done
    done
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
