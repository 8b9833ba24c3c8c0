#!/bin/sh
# Checks written reports against what they promise: XML against its schema, JSON against its schema, and HTML that is one
# file without scripts, requests, or links made of the message. Give files or folders; ends with "N passed, N failed".
#
#   tests/check_reports.sh FOLDER|REPORT.xml|REPORT.json|REPORT.html|REPORT.txt ...
set -u
root=$(cd "$(dirname "$0")/.." && pwd)
passed=0
failed=0

ok() { passed=$((passed + 1)); }
bad() {
    failed=$((failed + 1))
    printf '%s\n' "$*"
}

# A folder stands for the reports in it.
first=$#
for name; do
    if [ -d "$name" ]; then
        for file in "$name"/*.xml "$name"/*.html "$name"/*.json "$name"/*.txt; do
            [ -f "$file" ] && set -- "$@" "$file"
        done
    else
        set -- "$@" "$name"
    fi
done
shift "$first"
[ $# -gt 0 ] || bad 'no reports to check'

"$root/tests/report_schema.py" --check && ok || bad 'schemas differ'

for file; do
    case $file in
    *.xml)
        fault=$(xmllint --noout --nonet --schema "$root/reports/report.xsd" "$file" 2>&1) && ok || bad "$fault"
        ;;
    *.html)
        fault=$("$root/tests/check_html.py" "$file" 2>&1) && ok || bad "$file: $fault"
        ;;
    *.txt)
        # No control character but the line end.
        if LC_ALL=C grep -q '[^[:print:][:space:]]' "$file" && ! iconv -f UTF-8 -t UTF-8 "$file" >/dev/null 2>&1; then
            bad "$file: not UTF-8"
        elif LC_ALL=C grep -q "$(printf '[\001-\010\013-\037\177]')" "$file"; then
            bad "$file: control characters"
        else
            ok
        fi
        ;;
    esac
done

json=$(for file; do case $file in *.json) printf '%s\n' "$file" ;; esac done)
if [ -n "$json" ]; then
    counts=$(printf '%s\n' "$json" | "$root/tests/check_json.py" "$root/reports/report.schema.json")
    printf '%s\n' "$counts" | sed '$d'
    last=$(printf '%s\n' "$counts" | tail -n 1)
    passed=$((passed + ${last%% *}))
    failed=$((failed + ${last##* }))
fi
echo "$passed passed, $failed failed"
[ $failed = 0 ]
