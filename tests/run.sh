#!/bin/sh
# Runs all tests of a build folder and ends with "N passed, N failed". `make check` calls it.
#
#   tests/run.sh BUILD FAST
#
# BUILD has the sanitizers; FAST is the optimised build, for what is measured in time.
#
# Each step is a command whose output holds "N passed, N failed" (or cmocka's closing lines); a step that says neither,
# or whose exit status disagrees with what it says, counts as one failure.
set -u
build=$(realpath "$1")
fast=$(realpath "$2")
cd "$(dirname "$0")/.." || exit 2
export G_SLICE=always-malloc G_DEBUG=fatal-criticals
export ASAN_OPTIONS=detect_leaks=1 UBSAN_OPTIONS=print_stacktrace=1
export LSAN_OPTIONS=suppressions=$PWD/tests/lsan.supp:print_suppressions=0
export OUT=$build/reports
passed=0
failed=0
log=$(mktemp)
trap 'rm -f "$log"' EXIT

step() {
    title=$1
    shift
    start=$(date +%s)
    "$@" >"$log" 2>&1
    status=$?
    set -- $(awk '
        /^\[  PASSED  \] [0-9]+ test/ { p += $4; seen = 1 }
        /^\[  FAILED  \] [0-9]+ test/ { f += $4; seen = 1 }
        /^[0-9]+ passed, [0-9]+ failed/ { p += $1; f += $3; seen = 1 }
        END { print p + 0, f + 0, seen + 0 }' "$log")
    p=$1 f=$2
    if [ "$3" = 0 ] || { [ $status != 0 ] && [ "$f" = 0 ]; }; then f=$((f + 1)); fi
    passed=$((passed + p))
    failed=$((failed + f))
    printf '%-28s %5d passed %4d failed  %3d s\n' "$title" "$p" "$f" $(($(date +%s) - start))
    [ "$f" = 0 ] || cat "$log"
}

step layers tests/check_layers.sh
for test in "$build"/tests/unit/test_*; do
    case $test in *.o | *.d) continue ;; esac
    step "unit ${test##*/test_}" "$test"
done
step fixtures tests/fixtures.sh "$build/mailassay"
step rules-covered tests/rules_covered.sh "$build/mailassay" "$build/reports"
step report-schemas tests/check_reports.sh "$build/reports"
step providers tests/providers.py "$build/reports"
step changes-shown tests/check_changes.py "$build/reports"
step golden tests/golden.sh "$build/mailassay" "$build/reports"
step remedies tests/remedies.py "$build/mailassay" "$build/reports"
step plans tests/plan.py "$build/mailassay" "$build/reports" "$build/tests/fixture-sign"
step command-line tests/cli.sh "$build/mailassay"
step keys tests/key.sh "$build/mailassay"
step signing-domains tests/domain.sh "$build/mailassay"
step letters tests/letter.sh "$build/mailassay"
step tenants tests/tenants.sh "$build/mailassay"
step reconstruction tests/reconstruct.sh "$build/mailassay"
step baselines tests/baseline.sh "$build/mailassay" "$build/reports"
step comparisons tests/compare.sh "$build/mailassay"
step formats tests/formats.sh "$build/mailassay" "$build/reports"
step redaction tests/redact.py "$fast/mailassay" "$build/reports"
step name-server tests/live/run.sh "$build"
if [ -d ../shared/conformance ]; then
    for suite in ../shared/conformance/*/; do
        step "conformance $(basename "$suite")" "$build/tests/conformance" "$suite"
    done
fi
if [ -d ../shared/forensics ]; then
    step "causes" "$fast/tests/causes" ../shared/forensics
fi
echo "$passed passed, $failed failed"
[ $failed = 0 ]
