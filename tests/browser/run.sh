#!/bin/sh
# Reports in a real browser, and SARIF against the published schema: tests/browser/run.sh BUILD [PART OF A NAME]
# Installs the npm packages of package-lock.json into BUILD/browser, once. `make check-browser` calls it.
set -eu
build=$(realpath "$1")
cd "$(dirname "$0")/../.."
tools=$build/browser
mkdir -p "$tools"
if ! cmp -s tests/browser/package-lock.json "$tools/installed"; then
    cp tests/browser/package.json tests/browser/package-lock.json "$tools"
    (cd "$tools" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
    cp tests/browser/package-lock.json "$tools/installed"
fi
tests/browser/samples.sh "$build/mailassay" "$tools/samples"
status=0
echo 'SARIF against the published schema:'
/usr/bin/python3 tests/browser/check_sarif.py "$tools/node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json" \
    "$tools"/samples/fixtures/*.sarif || status=1
echo 'Reports in a browser:'
node tests/browser/check.mjs "$tools" "$tools/samples" "${2:-}" || status=1
exit $status
