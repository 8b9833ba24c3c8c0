#!/bin/sh
# Live DNS on loopback: a responder that forges and fails, and NSD as the judge of zone lookup (skipped without NSD),
# then whole reports against NSD.
#
#   tests/live/run.sh BUILD
set -u
status=0
for test in responder nsd; do
    "$1/tests/live/$test" || status=1
done
"$(dirname "$0")/report.sh" "$1/mailassay" || status=1
exit $status
