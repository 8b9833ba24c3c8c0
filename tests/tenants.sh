#!/bin/sh
# Several customers of one operator: what is told of one, in every format and by every command, holds nothing of the others
# but the name of a key that turns up where it does not belong. The letter to a customer does not even have that.
#
#   tests/tenants.sh PROGRAM
set -u
program=$(realpath "$1") || exit 2
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root/fixtures" || exit 2
. "$root/tests/shell-checks.sh"
formats='text markdown xml html json junit sarif nagios prometheus authres letter'

# The others' names, domains, selectors and keys; of the keys a piece that no line break cuts in the XML.
keys=$(sed -n 's/^ *<p>.\{44\}\(.\{24\}\).*/\1/p' tenants/profile.xml | sed 1d)
others="kwartel zilverreiger reiger9 $keys"
check 'the profile has three customers' [ "$(grep -c '<signing-domain ' tenants/profile.xml)" = 3 ]
check 'and two keys to look for' [ "$(echo "$keys" | wc -w)" = 2 ]

# free_of_others FILE: after what was written for $allowed is taken out.
free_of_others() {
    sed "s/${allowed:-^$}//g" "$1" >"$t/lines"
    { tr -d '\n' <"$t/lines" && tr '\n' ' ' <"$t/lines" | tr -s ' '; } >"$t/rest"
    for word in $others; do
        if grep -q -i -e "$word" "$t/rest"; then
            grep -o -i -e "$word" "$t/rest" | sort | uniq -c >"$t/diff"
            return 1
        fi
    done
}

# told TITLE FORMATS COMMAND ARGUMENT...
told() {
    what=$1 in=$2 command=$3
    shift 3
    for format in $in; do
        for language in en nl; do
            run "$command" --format $format --lang $language "$@"
            check "$what: $format: $language: is told" [ -s "$t/out" ]
            check "$what: $format: $language: nothing of the others" free_of_others "$t/out"
        done
    done
}
now=2026-11-23T10:05:00Z
message() {
    title=$1 zone=$2 file=$3
    shift 3
    told "$title" "$formats" analyze --profile tenants/profile.xml --now $now --dns-zone "$zone" "$file"
}

# --- a message of one customer ---
allowed=
message 'in order' clean/short-text/dns.zone clean/short-text/message.eml
message 'key missing' dkim/key-missing/dns.zone dkim/key-missing/message.eml
message 'not signed' dkim/unsigned/dns.zone dkim/unsigned/message.eml
run analyze --profile tenants/profile.xml --now $now --dns-zone dkim/key-missing/dns.zone --format xml dkim/key-missing/message.eml
check 'the report names the tenant' prints 'tenant="Gemeente Voorbeeld"'
check 'the record is that of its own key' prints "p=$(sed -n 's/^ *<p>\(.*\)<\/p>/\1/p' tenants/profile.xml | head -n 1)"

# --- signed with the key of another customer: its name, and in the letter not even that ---
allowed='kwartel7\._domainkey\.kwartelhof\.test'
message 'signed with another key' profile/signer-has-old-key/dns.zone profile/signer-has-old-key/message.eml
run analyze --profile tenants/profile.xml --now $now --dns-zone profile/signer-has-old-key/dns.zone profile/signer-has-old-key/message.eml
check 'which key signed is said by name' prints "$allowed"
allowed=
told 'signed with another key' letter analyze --profile tenants/profile.xml --now $now \
    --dns-zone profile/signer-has-old-key/dns.zone profile/signer-has-old-key/message.eml

# --- the message itself names another customer: what it says is told, who that is is not ---
others='Kwartelhof.BV zilverreiger reiger9'
told 'for two' "$formats" analyze --profile tenants/profile.xml --now $now --dns-zone tenants/dns.zone tenants/signed-for-two.eml
run analyze --profile tenants/profile.xml --now $now --dns-zone tenants/dns.zone --format xml tenants/signed-for-two.eml
check 'for two: it is of another tenant' prints 'configured domain="kwartelhof.test" .*other-tenant="true"'
others="kwartel zilverreiger reiger9 $keys"
told 'for two' letter analyze --profile tenants/profile.xml --now $now --dns-zone tenants/dns.zone tenants/signed-for-two.eml

# --- a signing domain, without a message: at its name stands the key of another customer ---
key=$(sed -n 's/^ *<p>\(.*\)<\/p>/\1/p' tenants/profile.xml | sed -n 2p)
{
    cat tenants/dns.zone
    printf 'wp2026._domainkey.gemeente.example. TXT "v=DKIM1; k=rsa; p=%s" "%s"\n' "$(echo "$key" | cut -c1-200)" \
        "$(echo "$key" | cut -c201-)"
} >"$t/other.zone"
others='zilverreiger reiger9 Kwartelhof.BV '$(echo "$keys" | tail -n 1)
told 'domain' 'text json letter' domain --profile tenants/profile.xml --dns-zone "$t/other.zone" gemeente.example
run domain --profile tenants/profile.xml --dns-zone "$t/other.zone" gemeente.example
check 'domain: whose key it is, by name' prints 'kwartel7._domainkey.kwartelhof.test'
run domain --profile tenants/profile.xml --dns-zone "$t/other.zone" --format letter gemeente.example
check 'domain: not in the letter' lacks kwartel
openssl pkey -in keys/rsa-2048-1.pem -pubout -out "$t/own.pem"
run key check --profile tenants/profile.xml --dns-zone "$t/other.zone" --domain gemeente.example --selector wp2026 "$t/own.pem"
check 'key check: whose key it is, by name' prints 'kwartel7._domainkey.kwartelhof.test'
check 'key check: nothing of the others' free_of_others "$t/out"

finish
