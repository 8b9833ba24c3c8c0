#!/bin/sh
# A real name server (NSD) on loopback with a fixture's zone: the report of the live run equals the offline one, octet for
# octet, and so does the replay of its recording. Skipped without NSD.
#
#   tests/live/report.sh PROGRAM [FIXTURE...]
set -u
program=$(realpath "$1")
shift
cd "$(dirname "$0")/../../fixtures" || exit 2
[ $# -gt 0 ] || set -- demo clean/work-order-with-attachment
nsd=$(command -v nsd || command -v /usr/sbin/nsd) || {
    echo "nsd is not installed: skipped"
    echo "0 passed, 0 failed"
    exit 0
}
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server" 2>/dev/null; rm -rf "$work"' EXIT
passed=0
failed=0

# Starts NSD with everything of one zone file under the root, on a free port. The fixture's own fault pragmas are comments.
start_server() {
    port=$((20000 + $$ % 20000 + passed + failed))
    {
        echo '$ORIGIN .'
        echo '$TTL 3600'
        echo '. 3600 IN SOA ns.invalid. hostmaster.invalid. 1 3600 600 86400 300'
        echo '. 3600 IN NS ns.invalid.'
        cat "$1"
    } >"$work/root.zone"
    cat >"$work/nsd.conf" <<CONF
server:
  ip-address: 127.0.0.1@$port
  username: ""
  chroot: ""
  database: ""
  zonesdir: "$work"
  pidfile: "$work/nsd.pid"
  xfrdfile: "$work/xfrd.state"
  zonelistfile: "$work/zone.list"
  cookie-secret-file: "$work/cookie"
  server-count: 1
remote-control:
  control-enable: no
zone:
  name: "."
  zonefile: "root.zone"
CONF
    "$nsd" -d -c "$work/nsd.conf" >"$work/nsd.log" 2>&1 &
    server=$!
}

run() {
    profile=
    [ -f profile.xml ] && profile="--profile profile.xml"
    now=$(awk '$1 == "--now" { print $2 }' case)
    "$program" --now "$now" $profile --fail-on never "$@" message.eml 2>>"$work/log"
}

check() {
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "$fixture: $*"
        diff "$work/offline.xml" "$work/live.xml" | head -20
        cat "$work/log" "$work/nsd.log" 2>/dev/null | tail -5
    fi
}

for fixture; do
    cd "$fixture" || exit 2
    start_server dns.zone
    run --dns-zone dns.zone -o "$work/offline.xml"
    for attempt in 1 2 3 4 5 6 7 8 9 10; do
        sleep 0.3
        run --dns-server "127.0.0.1:$port" --timeout 2 --dns-record "$work/record.zone" -o "$work/live.xml"
        cmp -s "$work/offline.xml" "$work/live.xml" && break
    done
    check cmp "$work/offline.xml" "$work/live.xml"
    run --dns-zone "$work/record.zone" -o "$work/replay.xml"
    check cmp "$work/live.xml" "$work/replay.xml"
    kill "$server"
    wait "$server" 2>/dev/null
    server=
    cd - >/dev/null || exit 2
done
echo "$passed passed, $failed failed"
[ $failed = 0 ]
