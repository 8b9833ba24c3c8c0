#!/bin/sh
# Runs every folder under fixtures/ that has a message.eml through the program and compares the findings with `expect`.
#
#   tests/fixtures.sh PROGRAM [--write] [FOLDER...]
#
# A folder holds message.eml, dns.zone, perhaps profile.xml, and `case`: options, one a line ("--now 2026-11-23T10:00:00Z").
# --write writes `expect` instead of comparing: read the change with git diff before you commit it.
# Reports stay in $OUT (a temporary folder by default), one XML, HTML, JSON and text each, for the tests that come after.
set -u
program=$(realpath "$1") || exit 2
shift
write=no
if [ "${1:-}" = --write ]; then
    write=yes
    shift
fi
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root/fixtures" || exit 2
[ $# -gt 0 ] || set -- $(find . -name message.eml | sed 's|^\./||; s|/message.eml$||' | sort)
out=$(realpath -m "${OUT:-$(mktemp -d)}")
mkdir -p "$out"
rm -f "$out"/share.*

run_one() {
    folder=${1#fixtures/}
    folder=${folder%/}
    name=$(printf %s "$folder" | tr / .)
    cd "$root/fixtures/$folder" || return 1
    set -- --dns-zone dns.zone
    [ -f profile.xml ] && set -- "$@" --profile profile.xml
    while IFS=' ' read -r option value; do
        case $option in
        '' | '#'*) ;;
        *) if [ -n "$value" ]; then set -- "$@" "$option" "$value"; else set -- "$@" "$option"; fi ;;
        esac
    done <case
    "$program" analyze "$@" -o "$out/$name.xml" -o "$out/$name.html" -o "$out/$name.json" -o "$out/$name.txt" \
        message.eml >"$out/$name.log" 2>&1
    status=$?
    {
        echo "exit $status"
        cat "$out/$name.log"
        xsltproc "$root/tests/findings.xsl" "$out/$name.xml"
    } >"$out/$name.got" 2>&1
    if [ $write = yes ]; then
        cp "$out/$name.got" expect
    elif ! diff -u expect "$out/$name.got" >"$out/$name.diff" 2>&1; then
        echo "fixtures/$folder: findings are not as expected"
        cat "$out/$name.diff"
        return 1
    fi
    xmllint --noout --schema "$root/reports/report.xsd" "$out/$name.xml" >"$out/$name.schema" 2>&1 || {
        echo "fixtures/$folder: the report does not validate"
        cat "$out/$name.schema"
        return 1
    }
}

# As many at a time as there are processors: each takes every n-th folder.
shares=$(nproc)
take_share() {
    count=0
    for folder; do
        count=$((count + 1))
        [ $((count % shares)) = "$mine" ] || continue
        if (run_one "$folder"); then echo passed; else echo failed; fi
    done
}
mine=0
while [ $mine -lt "$shares" ]; do
    take_share "$@" >"$out/share.$mine" 2>&1 &
    mine=$((mine + 1))
done
wait
cat "$out"/share.* | grep -vx -e passed -e failed
passed=$(cat "$out"/share.* | grep -cx passed)
failed=$(($# - passed))
echo "$passed passed, $failed failed"
[ $failed = 0 ]
