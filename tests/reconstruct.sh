#!/bin/sh
# What --reconstruct writes is checked with the tools that the report names, openssl and sha256sum, and with nothing of ours.
#
#   tests/reconstruct.sh PROGRAM
set -u
program=$(realpath "$1")
cd "$(dirname "$0")/../fixtures" || exit 2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
passed=0
failed=0

check() {
    title=$1
    shift
    if "$@"; then passed=$((passed + 1)); else
        failed=$((failed + 1))
        echo "failed: $title"
    fi
}

# Runs a fixture with its own options into $work.
reconstruct() {
    rm -rf "$work/proof"
    profile=
    [ -f "$1/profile.xml" ] && profile="--profile $1/profile.xml"
    "$program" $(grep -v "^#" "$1/case") $profile --dns-zone "$1/dns.zone" --fail-on never --reconstruct "$work/proof" \
        -o "$work/report.json" "$1/message.eml"
}

# Every command of the report prints what the report says it does.
commands_hold() {
    (cd "$work/proof" && python3 - "$work/report.json") <<'PY'
import json
import subprocess
import sys

held = 0
for signature in json.load(open(sys.argv[1]))["signatures"]:
    for command in signature.get("search", {}).get("check", []):
        if "expected" not in command:
            continue
        out = subprocess.run(command["run"], shell=True, capture_output=True, text=True).stdout
        if not out.startswith(command["expected"]):
            sys.exit(f"{command['run']}: {out!r}, not {command['expected']!r}")
        held += 1
sys.exit(0 if held else "no command in the report")
PY
}

for fixture in dkim/subject-tagged dkim/footer-appended; do
    reconstruct "$fixture"
    check "$fixture: the report's commands hold" commands_hold
    check "$fixture: the change is shown" grep -q '^[-+][^-+]' "$work"/proof/sig0.*.diff
done
# A proof must not hold for anything else: one octet more in the block, and openssl refuses.
reconstruct dkim/subject-tagged
printf x >>"$work/proof/sig0.header"
check 'an altered block is refused' sh -c "[ -f '$work/proof/sig0.pem' ] && ! (cd '$work/proof' && openssl dgst -sha256 -verify sig0.pem -signature sig0.b sig0.header >/dev/null 2>&1)"
# Nothing is written that was not proven.
reconstruct dkim/key-missing
check 'no key, no header' sh -c "[ -d '$work/proof' ] && ! ls '$work/proof' 2>/dev/null | grep -q 'sig0.header'"
reconstruct clean/short-text
check 'an intact signature verifies too' sh -c "cd '$work/proof' && openssl dgst -sha256 -verify sig0.pem -signature sig0.b sig0.header >/dev/null"
check 'and shows no change' sh -c "[ -f '$work/proof/sig0.header' ] && ! ls '$work'/proof/*.diff 2>/dev/null"
: >"$work/file"
"$program" --no-dns --reconstruct "$work/file/below" clean/short-text/message.eml >/dev/null 2>"$work/err"
check 'a directory that cannot be made: 74' [ $? = 74 ]
check 'and one clear line' [ "$(wc -l <"$work/err")" = 1 ]
echo "$passed passed, $failed failed"
[ $failed = 0 ]
