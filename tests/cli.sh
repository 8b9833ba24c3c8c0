#!/bin/sh
# The command line: exit statuses, one clear line for each trouble, outputs, and the promise that the same octets give
# the same report.
#
#   tests/cli.sh PROGRAM
set -u
program=$(realpath "$1") || exit 2
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root/fixtures" || exit 2
now=2026-11-23T10:05:00Z
. "$root/tests/shell-checks.sh"
unset NO_COLOR

# replay FOLDER ARGUMENT...: the fixture's message with its zone and profile.
replay() {
    folder=$1
    shift
    [ ! -f "$folder/profile.xml" ] || set -- --profile "$folder/profile.xml" "$@"
    run --dns-zone "$folder/dns.zone" --now $now "$@" "$folder/message.eml"
}

findings() { xsltproc "$root/tests/findings.xsl" "$1"; }

clean=clean/short-text
broken=dkim/footer-appended   # a failing finding of severity error
softfail=spf/softfail         # its worst is a warning

# --- verdicts ---
replay $clean
check 'a clean message: status 0' is 0
check 'a clean message: nothing on standard error' silent
check 'a clean message: a report on standard output' prints 'Score 100'
echo ';!remove _dmarc.gemeente.example TXT' >"$t/overlay.zone"
replay $clean --dns-overlay "$t/overlay.zone"
check '--dns-overlay takes a record away' prints 'has no DMARC policy'
echo '_dmarc.gemeente.example. TXT "v=DMARC1; p=none"' >"$t/overlay.zone"
replay $clean --dns-overlay "$t/overlay.zone" --format xml
check '--dns-overlay stands in the report' prints '<option name="dns-overlay">'
check '--dns-overlay: its answers are marked' prints 'proposed="true"'

# --- block lists: asked only when named ---
lists=transport/on-block-lists
questions() { grep -o '<answer [^>]*name="[^"]*lists\.example"' "$1" | sed 's/.* name="//; s/"$//' | sort; }
run --dns-zone $lists/dns.zone --now $now --format xml $lists/message.eml
cp "$t/out" "$t/unasked.xml"
check 'no block list is asked unless named' [ -z "$(questions "$t/unasked.xml")" ]
check 'no block list in the report unless named' [ "$(grep -c '<block-list' "$t/unasked.xml")" = 0 ]
run --dns-zone $lists/dns.zone --now $now --format xml --block-list bl.lists.example --block-list domain:domains.lists.example \
    $lists/message.eml
cp "$t/out" "$t/asked.xml"
# Sorted: the never-listed test point, the address (A and TXT); the domain (A and TXT) and its test point.
check '--block-list asks that list and its test points' [ "$(questions "$t/asked.xml" | tr '\n' ' ')" = "1.0.0.127.bl.lists.example \
10.2.0.192.bl.lists.example 10.2.0.192.bl.lists.example gemeente.example.domains.lists.example \
gemeente.example.domains.lists.example invalid.domains.lists.example " ]
check '--block-list: all other questions are the same' [ \
    "$(grep -c '<answer ' "$t/asked.xml")" = $(($(grep -c '<answer ' "$t/unasked.xml") + 6)) ]
check '--block-list stands in the report' grep -q '<option name="block-list">' "$t/asked.xml"
check '--block-list: a refusal says nothing of the sender' [ "$(grep -c 'result="listed"' "$t/asked.xml")" = 2 ]
run --no-dns --block-list 'not a zone' $clean/message.eml
check '--block-list: a zone that is none' trouble 64 'not a zone'

# --- the operator's choices ---
replay profile/exemption-ended --format html
check "the house's name stands at the head, not the operator's" prints '<p class="eyebrow">Servicedesk Voorbeeld · '
check 'an exemption that is over is told' prints 'that exemption ended on <bdi>2026-10-31</bdi>'
replay profile/exemption-ended --lang nl
check 'an exemption that is over, in Dutch' prints 'uitzondering liep af'
replay profile/rule-switched-off
check 'an exemption says until when' prints '(until 2027-01-31)'

replay $broken
check 'a finding of severity error: status 1' is 1
replay $softfail
check 'the worst is a warning: status 0' is 0
replay $softfail --fail-on warning
check '--fail-on warning: status 1' is 1
replay $broken --fail-on never
check '--fail-on never: status 0' is 0
replay $softfail --min-score 95
check '--min-score met: status 0' is 0
replay $softfail --min-score 96
check '--min-score missed: status 1' is 1
replay $softfail --fail-on never --min-score 96
check '--min-score counts beside --fail-on never' is 1

# --- wrong usage: 64 ---
run
check 'no message named' trouble 64 'no message given'
run --no-such-option $clean/message.eml
check 'unknown option' trouble 64 'no-such-option'
run --fail-on bad $clean/message.eml
check 'bad --fail-on' trouble 64 '--fail-on bad'
run --min-score 101 $clean/message.eml
check 'bad --min-score' trouble 64 '--min-score 101'
run --format pdf $clean/message.eml
check 'bad --format' trouble 64 '--format pdf'
run --lang de $clean/message.eml
check 'bad --lang' trouble 64 '--lang de'
run --color sometimes $clean/message.eml
check 'bad --color' trouble 64 '--color sometimes'
run --now yesterday $clean/message.eml
check 'bad --now' trouble 64 '--now yesterday'
run --timeout 0 $clean/message.eml
check 'bad --timeout' trouble 64 '--timeout 0'
run --line-ends cr $clean/message.eml
check 'bad --line-ends' trouble 64 '--line-ends cr'
run --cause-budget much $clean/message.eml
check 'bad --cause-budget' trouble 64 '--cause-budget much'
run --no-dns --dns-zone $clean/dns.zone $clean/message.eml
check 'two sources of DNS' trouble 64 'exclude each other'
run --no-dns -o "$t/report.pdf" $clean/message.eml
check '-o with an unknown extension' trouble 64 'report.pdf'
run --no-dns --format xml $clean/message.eml $broken/message.eml
check 'two messages in one XML stream' trouble 64 'several messages'
run --no-dns -o "$t/one.xml" $clean/message.eml $broken/message.eml
check 'two messages in one file' trouble 64 'overwrite'
run --no-dns --client-ip 300.1.2.3 $clean/message.eml
check 'a client IP that is no address' trouble 64 '300.1.2.3'

# --- inputs: 65 and 66 ---
run --no-dns "$t/missing.eml"
check 'missing file' trouble 66 'missing.eml'
mkdir "$t/empty"
run --no-dns "$t/empty"
check 'directory without a message' trouble 66 'no message in this directory'
: >"$t/nothing.eml"
run --no-dns "$t/nothing.eml"
check 'empty file' trouble 65 'nothing.eml'
head -c 4000 "$program" >"$t/binary.eml"
run --no-dns "$t/binary.eml"
check 'binary file' trouble 65 'not a message'
head -c 4000 /dev/zero >"$t/zeros.eml"
run --no-dns "$t/zeros.eml"
check 'zeros' trouble 65 'not a message'
printf 'Beste Jan,\n\nhierbij de werkorder.\n' >"$t/text.eml"
run --no-dns "$t/text.eml"
check 'a text that is no message' trouble 65 'not a message'
run --dns-zone "$t/missing.zone" $clean/message.eml
check 'missing zone file' trouble 66 'missing.zone'
echo 'gemeente.example. TXT "unclosed' >"$t/bad.zone"
run --dns-zone "$t/bad.zone" $clean/message.eml
check 'a zone file that is none' trouble 65 'bad.zone:1'
run --dns-zone $clean/dns.zone --dns-overlay "$t/missing.zone" $clean/message.eml
check 'missing overlay' trouble 66 'missing.zone'
run --dns-zone $clean/dns.zone --dns-overlay "$t/bad.zone" $clean/message.eml
check 'an overlay that is no zone file' trouble 65 'bad.zone'
run --no-dns --psl "$t/missing.dat" $clean/message.eml
check 'missing Public Suffix List' trouble 66 'missing.dat'

# --- no name server: 69 ---
run --dns-server 192.0.2.1:99999 $clean/message.eml
check 'a port that is none' trouble 69 '192.0.2.1:99999'

# --- bad profile: 78 ---
run --no-dns --profile "$t/missing.xml" $clean/message.eml
check 'missing profile' trouble 78 'missing.xml'
echo '<mailassay-profile version="1"><operators/></mailassay-profile>' >"$t/bad.xml"
run --no-dns --profile "$t/bad.xml" $clean/message.eml
check 'profile with an unknown element' trouble 78 'bad.xml:1'
echo '<mailassay-profile version="1"><rules><rule id="dkim-nonsense" weight="3"/></rules></mailassay-profile>' >"$t/rule.xml"
run --no-dns --profile "$t/rule.xml" $clean/message.eml
check 'profile that names no rule of ours' trouble 78 'dkim-nonsense'
echo 'not xml' >"$t/none.xml"
run --no-dns --profile "$t/none.xml" $clean/message.eml
check 'profile that is no XML' trouble 78 'none.xml:1'

# --- outputs: 74 when they cannot be written ---
replay $clean -o "$t/no/such/directory.xml"
check '-o in a missing directory' trouble 74 'no/such/directory.xml'
ln -s /dev/full "$t/full.xml"
replay $clean -o "$t/full.xml"
check '-o on a full disk' trouble 74 'full.xml'
replay $clean --dns-record "$t/no/such.zone" -o "$t/a.xml"
check '--dns-record in a missing directory' trouble 74 'no/such.zone'
"$program" --no-dns $clean/message.eml >/dev/full 2>"$t/err"
status=$?
check 'standard output full: status 74' is 74
check 'standard output full: says so' says '^mailassay: standard output'
"$program" --no-dns $clean/message.eml >&- 2>"$t/err"
status=$?
check 'standard output closed: status 74' is 74
check 'standard output closed: says so' says '^mailassay: standard output'
echo old >"$t/kept.xml"
run --dns-zone $clean/dns.zone --profile "$t/bad.xml" -o "$t/kept.xml" $clean/message.eml
check 'an old report is kept when there is no new one' grep -q old "$t/kept.xml"

replay $clean -o "$t/r.xml" -o "$t/r.html" -o "$t/r.json" -o "$t/r.txt"
check 'several -o: nothing on standard output' test ! -s "$t/out"
check '-o .xml is XML' xmllint --noout --schema "$root/reports/report.xsd" "$t/r.xml" 2>"$t/err"
check '-o .html is HTML' grep -qi '^<!DOCTYPE html' "$t/r.html"
check '-o .json is JSON' grep -q '^{' "$t/r.json"
check '-o .txt is text' grep -q 'Score 100' "$t/r.txt"
replay $clean -o "$t/r2.xml" --format text
check '-o beside --format: both' prints 'Score 100'
check '-o beside --format: the same file' same "$t/r.xml" "$t/r2.xml"
for format in xml html json; do
    replay $clean --format $format
    check "--format $format is what -o writes" same "$t/out" "$t/r.$format"
done

# --- several inputs ---
run --dns-zone $clean/dns.zone --now $now $clean/message.eml "$t/missing.eml" $clean/message.eml
check 'one of three missing: status 66' is 66
check 'one of three missing: the others are reported' test "$(grep -c 'Score 100' "$t/out")" = 2
run --dns-zone $clean/dns.zone --now $now $clean/message.eml $broken/message.eml
check 'one of two has findings: status 1' is 1
mkdir "$t/mail" "$t/reports"
cp $clean/message.eml "$t/mail/a.eml"
cp $broken/message.eml "$t/mail/b.eml"
run --dns-zone $clean/dns.zone --now $now -o "$t/reports/%b.xml" "$t/mail"
check 'a directory: each message its report' test -s "$t/reports/a.xml" -a -s "$t/reports/b.xml"
mkdir -p "$t/maildir/cur" "$t/maildir/new" "$t/maildir/tmp"
cp $clean/message.eml "$t/maildir/new/1795424405.M1.mx"
run --dns-zone $clean/dns.zone --now $now "$t/maildir"
check 'a Maildir' prints 'Score 100'
"$program" --dns-zone $clean/dns.zone --now $now - <$clean/message.eml >"$t/out" 2>"$t/err"
status=$?
check 'standard input: status 0' is 0
check 'standard input: a report' prints 'Score 100'
sed '/^\r$/,$d' $clean/message.eml >"$t/header.eml"
run --dns-zone $clean/dns.zone --now $now --format xml "$t/header.eml"
check 'headers only: status 0' is 0
check 'headers only: says so' prints 'rule="message-complete"[^>]*outcome="fail"\|outcome="fail"[^>]*rule="message-complete"'

# --- language and colour ---
replay $broken --lang nl
check '--lang nl' prints 'Score 75 van 100'
replay $broken --color always
check '--color always' grep -q "$(printf '\033')" "$t/out"
replay $broken --color never
check '--color never' sh -c "! grep -q '$(printf '\033')' '$t/out'"
replay $broken
check 'no colour into a file' sh -c "! grep -q '$(printf '\033')' '$t/out'"
if command -v script >/dev/null; then
    line="'$program' --no-dns --now $now $clean/message.eml"
    script -qec "TERM=xterm $line" /dev/null >"$t/out" 2>"$t/err" </dev/null
    check 'colour on a terminal' grep -q "$(printf '\033\[')" "$t/out"
    script -qec "TERM=xterm NO_COLOR=1 $line" /dev/null >"$t/out" 2>"$t/err" </dev/null
    check 'NO_COLOR' sh -c "! grep -q '$(printf '\033\[')' '$t/out'"
fi
run --version
check '--version' prints '^mailassay [0-9]'
run --help
check '--help' prints '^Usage:'
run --no-dns $clean/message.eml
check '--no-dns: no verdict without DNS' is 0
check '--no-dns: nothing on standard error' silent
replay $clean --verbose
check '--verbose: questions on standard error' says 'DNS questions'

# --- the same octets, the same report ---
for folder in demo $clean $broken $softfail spf/two-records arc/list-with-footer dkim/key-servfail; do
    rm -f "$t/first.xml" "$t/again.xml" "$t/replayed.xml" "$t/lf.xml" "$t/recorded.zone"
    replay $folder -o "$t/first.xml" --dns-record "$t/recorded.zone"
    replay $folder -o "$t/again.xml"
    check "$folder twice" same "$t/first.xml" "$t/again.xml"
    set -- --now $now
    [ ! -f $folder/profile.xml ] || set -- --now $now --profile $folder/profile.xml
    run --dns-zone "$t/recorded.zone" "$@" -o "$t/replayed.xml" $folder/message.eml
    check "$folder replayed from its recording" same "$t/first.xml" "$t/replayed.xml"
    sed 's/\r$//' $folder/message.eml >"$t/lf.eml"
    findings "$t/first.xml" >"$t/first"
    run --dns-zone $folder/dns.zone "$@" -o "$t/lf.xml" "$t/lf.eml"
    findings "$t/lf.xml" >"$t/lf"
    check "$folder stored with LF" same "$t/first" "$t/lf"
done
run --dns-zone $clean/dns.zone -o "$t/first.xml" --dns-record "$t/recorded.zone" $clean/message.eml
sleep 1.1
run --dns-zone "$t/recorded.zone" -o "$t/replayed.xml" $clean/message.eml
check 'a recording keeps its moment' same "$t/first.xml" "$t/replayed.xml"

# --- hostile: groups in groups, 300 kB of them ---
groups() { head -c 300000 /dev/zero | sed 's/\x0\x0\x0/a: /g'; }
{
    sed -n '/^From:/,/^Message-ID:/p' $clean/message.eml | grep -v '^To:'
    printf 'To: '
    groups
    printf '\r\n\r\nHallo.\r\n'
} >"$t/groups.eml"
run --dns-zone $clean/dns.zone --now $now -o "$t/groups.xml" "$t/groups.eml"
check 'nested groups: a report' test "$status" = 1
check 'nested groups: a finding' grep -q '^fail .*message-mime-parsed' <<-END
	$(findings "$t/groups.xml")
END
{
    sed -n '/^From:/,/^Message-ID:/p' $clean/message.eml
    printf 'MIME-Version: 1.0\r\nContent-Type: message/rfc822\r\n\r\nFrom: a@gemeente.example\r\nTo: '
    groups
    printf '\r\n\r\nHallo.\r\n'
} >"$t/nested.eml"
run --dns-zone $clean/dns.zone --now $now -o "$t/nested.xml" "$t/nested.eml"
check 'nested groups in an attached message: a report' test "$status" = 1
check 'nested groups in an attached message: a finding' grep -q '^fail .*message-mime-parsed' <<-END
	$(findings "$t/nested.xml")
END

# --- redacted (what is left of the original: tests/redact.py) ---
run --redact --dns-record "$t/r.zone" $clean/message.eml
check 'redact and a recording: 64' trouble 64 'writes originals'
run --redact --reconstruct "$t/proof" $clean/message.eml
check 'redact and a reconstruction: 64' trouble 64 'writes originals'
run --dns-zone $clean/dns.zone --redact-message "$t/one.eml" $clean/message.eml "$t/nested.eml"
check 'one redacted message of several: 64' trouble 64 'put %b'
run --dns-zone $clean/dns.zone --now $now --redact-message "$t/no/one.eml" -o "$t/redacted.xml" $clean/message.eml
check 'the redacted message cannot be written: 74' trouble 74 'cannot be written'
check 'and no report either' [ ! -e "$t/redacted.xml" ]
run --dns-zone $clean/dns.zone --now $now --redact-message "$t/%b.eml" -o "$t/redacted.xml" $clean/message.eml
check 'redacted message: as many octets' [ "$(wc -c <"$t/message.eml")" = "$(wc -c <$clean/message.eml)" ]
run render --redact -o "$t/again.xml" "$t/redacted.xml"
check 'redacted once is redacted' cmp -s "$t/redacted.xml" "$t/again.xml"

finish
