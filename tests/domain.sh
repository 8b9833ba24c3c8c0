#!/bin/sh
# `mailassay domain` and `mailassay key check`: every state of key, SPF, DMARC and bounces as exact output in both
# languages and as JSON; exit statuses; and 500 domains against NSD on loopback (skipped without NSD).
#
#   tests/domain.sh PROGRAM [--write]    --write makes the expected files anew; read the change with git diff
set -u
program=$(realpath "$1") || exit 2
write=${2:-}
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root/fixtures/domain" || exit 2
. "$root/tests/shell-checks.sh"
server=
trap '[ -z "$server" ] || { kill "$server"; wait "$server"; } 2>/dev/null; rm -rf "$t"' EXIT
unset MAILASSAY_PASSWORD

# --- every state ---
for folder in keys mail; do
    for view in en.txt nl.txt en.json; do
        format=text
        [ "$view" != en.json ] || format=json
        run domain --profile $folder/profile.xml --dns-zone $folder/dns.zone --lang "${view%.*}" --format $format
        check "$folder: $view" expected "$folder/expect.$view"
        check "$folder: $view: status 1" is 1
    done
    check "$folder: JSON is JSON" python3 -m json.tool "$folder/expect.en.json" /dev/null
done

# --- no fact without a fixture: each id of the table is in one of the two JSON files ---
check_all_facts() {
    missing=
    for id in $(sed -n 's/^ *\[FACT_[A-Z0-9_]*\] = "\([a-z0-9-]*\)",$/\1/p' "$root/analyzer/domaincheck.c" | sort -u); do
        grep -q "\"id\": \"$id\"" keys/expect.en.json mail/expect.en.json "$t/more.json" || missing="$missing $id"
    done
    [ -z "$missing" ] || echo "no fixture shows:$missing" >"$t/err"
    [ -z "$missing" ]
}

# --- which domains, which selectors ---
chosen() { run domain --profile keys/profile.xml --dns-zone keys/dns.zone "$@"; }
chosen Valid.EXAMPLE.
check 'one domain, as typed by people: status 0' is 0
check 'one domain: nothing to do' prints '^Nothing to do\.$'
check 'one domain: one line' [ "$(grep -c 'wm1' "$t/out")" = 1 ]
chosen --selector wm2 --selector k9 valid.example tenant.example
check 'selectors beside the configured: missing' prints 'wm2._domainkey.valid.example: missing'
check 'selectors: the configured one once' [ "$(grep -c 'k9 *✓ valid' "$t/out")" = 1 ]
run domain --dns-zone keys/dns.zone --selector wm1 --format json valid.example
check 'without a profile: uncompared' prints '"state": "uncompared"'
cp "$t/out" "$t/more.json"
run domain --dns-zone "$root/fixtures/domain/more.zone" --selector s1 --format json cut.example
cat "$t/out" >>"$t/more.json"
check 'without a profile: octets missing' prints '"id": "octets-missing"'
check 'every fact is shown by a fixture' check_all_facts

# --- exit statuses ---
chosen valid.example no-answer.example
check 'DNS gave no answer: 69' is 69
chosen --fail-on never missing.example
check 'never: 0' is 0
chosen spaces.example
check 'a notice does not fail: 0' is 0
chosen --fail-on notice spaces.example
check 'unless asked to: 1' is 1
chosen --fail-on notice no-answer.example
check 'no answer is no finding: 69' is 69
chosen missing.example no-answer.example
check 'a finding beside no answer: 1' is 1
run domain
check 'no domain: 64' trouble 64 'name a domain'
run domain 'not a domain'
check 'no domain name: 64' trouble 64 'no domain name'
chosen --format xml valid.example
check 'no such format: 64' trouble 64 'text, json or letter'
chosen --fail-on death valid.example
check 'no such level: 64' trouble 64 'choose info'
run domain --profile none.xml
check 'no such profile: 78' trouble 78 'none.xml'
run domain --dns-zone none.zone valid.example
check 'no such zone: 66' trouble 66 'none.zone'
run domain --profile keys/profile.xml --dns-zone keys/dns.zone valid.example --dns-server 127.0.0.1
check 'server and zone: 64' trouble 64 'exclude each other'

# --- tenants ---
chosen --format json configured-elsewhere.example
check 'another tenant: named by domain' prints 'k9._domainkey.tenant.example'
check 'another tenant: and by nothing else' lacks 'Secret'
chosen private.example private-pem.example
check 'a private key is never repeated' lacks 'MII'

# --- key check ---
key() { run key check --dns-zone keys/dns.zone --selector wm1 "$@"; }
pem=$root/fixtures/keys
key --domain valid.example --profile keys/profile.xml "$pem/rsa-2048-1.pem"
check 'key check: all equal: 0' is 0
check 'key check: profile' prints '^✓ keys/profile.xml: has this key$'
check 'key check: DNS' prints '✓ wm1._domainkey.valid.example: valid'
key --domain valid.example --profile keys/profile.xml "$pem/rsa-2048-2.pem"
check 'key check: another key: 1' is 1
check 'key check: another key in the profile' prints '^✗ keys/profile.xml: has another key'
check 'key check: another key in DNS' prints 'wm1._domainkey.valid.example: mismatch'
key --domain missing.example "$pem/rsa-2048-1.pem"
check 'key check: missing: 1' is 1
check 'key check: missing: the record' prints 'v=DKIM1; k=rsa; p=MII'
key --domain unlisted.example --profile keys/profile.xml "$pem/rsa-2048-1.pem"
check 'key check: not in the profile' prints 'does not list this domain and selector'
key --domain no-answer.example "$pem/rsa-2048-1.pem"
check 'key check: no answer: 69' is 69
key --domain set-to-sha1.example --profile keys/profile.xml "$pem/rsa-2048-1.pem"
check 'key check: sha1: 1' is 1
check 'key check: sha1 refused with the reason' prints 'RFC 8301'
key --domain configured-short.example "$pem/rsa-1024.pem"
check 'key check: a short key' trouble 65 'RFC 8301'
key "$pem/rsa-2048-1.pem"
check 'key check: no domain' trouble 64 'give --domain and --selector'

# --- 500 domains: time is bound by depth, not by number ---
many() {
    n=$1
    p=$(sed -n 's/.*domain="valid.example".*<p>\(.*\)<\/p>.*/\1/p' keys/profile.xml)
    {
        echo '<mailassay-profile version="1"><operator name="Operator" spf-include="_spf.operator.example"/><signing-domains>'
        seq "$n" | sed "s|.*|<signing-domain domain=\"d&.example\" selector=\"wm1\" tenant=\"Tenant &\"><p>$p</p></signing-domain>|"
        echo '</signing-domains></mailassay-profile>'
    } >"$t/many$n.xml"
    [ "$n" = 500 ] || return
    {
        printf '$ORIGIN .\n$TTL 3600\n. SOA ns.invalid. hostmaster.invalid. 1 3600 600 86400 300\n. NS ns.invalid.\n'
        printf '_spf.operator.example. TXT "v=spf1 ip4:192.0.2.0/28 -all"\n'
        seq 500 | sed "s|.*|d&.example. TXT \"v=spf1 include:_a.d&.example -all\"\n_a.d&.example. TXT \"v=spf1 include:_b.d&.example -all\"\n_b.d&.example. TXT \"v=spf1 include:_spf.operator.example -all\"\nd&.example. MX 10 mx.d&.example.\nmx.d&.example. A 192.0.2.1\n_dmarc.d&.example. TXT \"v=DMARC1; p=reject; rua=mailto:d@operator.example\"|"
        # Every tenth key is at the doubled name, so that looking for it is part of the time.
        seq 500 | awk -v record="TXT \"v=DKIM1; k=rsa; p=$(echo "$p" | cut -c1-200)\" \"$(echo "$p" | cut -c201-)\"" '
            { d = "d" $1 ".example"; print "wm1._domainkey." d "." ($1 % 10 ? "" : d ".") " " record }'
    } >"$t/root.zone"
}

start_server() {
    port=$((20000 + $$ % 20000))
    cat >"$t/nsd.conf" <<CONF
server:
  ip-address: 127.0.0.1@$port
  username: ""
  chroot: ""
  database: ""
  zonesdir: "$t"
  pidfile: "$t/nsd.pid"
  xfrdfile: "$t/xfrd.state"
  zonelistfile: "$t/zone.list"
  cookie-secret-file: "$t/cookie"
  server-count: 1
  rrl-ratelimit: 0
remote-control:
  control-enable: no
zone:
  name: "."
  zonefile: "root.zone"
CONF
    "$nsd" -d -c "$t/nsd.conf" >"$t/nsd.log" 2>&1 &
    server=$!
}

ask_server() {
    for attempt in 1 2 3 4 5 6 7 8 9 10; do
        sleep 0.2
        run domain --profile "$t/many$1.xml" --dns-server "127.0.0.1:$port" --timeout 5 -v
        [ "$status" = 69 ] || break
    done
}
rounds() { sed -n 's/.* in \([0-9]*\) round trips/\1/p' "$t/err"; }

nsd=$(command -v nsd || command -v /usr/sbin/nsd) || nsd=
if [ -n "$nsd" ]; then
    many 10
    many 500
    start_server
    ask_server 10
    few=$(rounds)
    ask_server 500
    check '500 domains: status 1' is 1
    check '500 domains: a line each' [ "$(grep -c '^[✓✗].* wm1 ' "$t/out")" = 500 ]
    check '500 domains: the doubled names' [ "$(grep -c 'the form added' "$t/out")" = 50 ]
    # Key, misplaced key, three levels of SPF, addresses of exchangers: the depth of what is asked, with room to spare.
    check '500 domains: waits are bound by depth' [ "$(rounds)" -le 12 ]
    echo "10 domains: $few round trips; $(sed 's/^mailassay: //' "$t/err")"
    cp "$t/out" "$t/live"
    sed -i 1,4d "$t/root.zone"
    run domain --profile "$t/many500.xml" --dns-zone "$t/root.zone"
    check '500 domains: live as from the file' cmp "$t/live" "$t/out"
else
    echo 'nsd is not installed: 500 domains skipped'
fi

finish
