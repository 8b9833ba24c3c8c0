#!/bin/sh
# mailassay compare: golden files of pairs made of fixtures, the promises about exit status and symmetry, and operands that
# are none.
#
#   tests/compare.sh PROGRAM [--write]
#
# tests/compare/ holds what is expected of each pair: NAME.txt, NAME.nl.txt, NAME.json; --write makes them anew, to be read
# with git diff.
set -u
program=$(realpath "$1") || exit 2
write=${2:-}
root=$(cd "$(dirname "$0")/.." && pwd)
golden=$root/tests/compare
fixtures=$root/fixtures
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT
cd "$t" || exit 2
passed=0
failed=0

check() {
    title=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "failed: $title"
        head -n 5 "$t/err"
    fi
}
run() {
    "$program" "$@" >"$t/out" 2>"$t/err" </dev/null
    status=$?
}
compare() { run compare --now 2026-11-23T10:05:00Z "$@"; }
is() { [ "$status" = "$1" ]; }
prints() { grep -q -e "$1" "$t/out"; }
hides() { ! grep -q -e "$1" "$t/out"; }
trouble() { is "$1" && [ "$(wc -l <"$t/err")" = 1 ] && grep -q "^mailassay: .*$2" "$t/err" && [ ! -s "$t/out" ]; }
# At most 80 columns (in UTF-8, nothing wide here), and no octet that is not text.
is_text() { python3 -c 'import re, sys
text = open(sys.argv[1], encoding="utf-8").read()
sys.exit(any(len(line) > 80 for line in text.splitlines())
         or bool(re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]", text)))' "$1"; }
shape() { python3 "$root/tests/check_compare.py" "$@" >>"$t/err" 2>&1; }

# golden NAME STATUS ARGUMENT...: text in both languages and JSON are as kept, and keep to their form.
golden() {
    name=$1 wanted=$2
    shift 2
    for view in txt nl.txt json; do
        case $view in
        txt) compare "$@" ;;
        nl.txt) compare "$@" --lang nl ;;
        json) compare "$@" --format json ;;
        esac
        check "$name.$view: status $wanted" is "$wanted"
        case $view in
        json) check "$name.json: its shape" shape "$t/out" ;;
        *) check "$name.$view: 80 columns, only text" is_text "$t/out" ;;
        esac
        [ "$write" != --write ] || cp "$t/out" "$golden/$name.$view"
        diff -u "$golden/$name.$view" "$t/out" >"$t/err"
        check "$name.$view is as kept" [ ! -s "$t/err" ]
        [ ! -s "$t/err" ] || cat "$t/err"
    done
}
# symmetric A B ARGUMENT...: what is new from A to B is gone from B to A.
symmetric() {
    a=$1 b=$2
    shift 2
    compare --format json "$@" "$a" "$b"
    cp "$t/out" "$t/there"
    compare --format json "$@" "$b" "$a"
    check "$a and $b the other way round" shape "$t/there" "$t/out"
}

# --- a message as it left and as it arrived: a gateway adds a disclaimer, hops add theirs ---

folder=$fixtures/application/work-order-disclaimer-by-customer-gateway
cp "$folder/message.eml" received.eml
cp "$folder/dns.zone" .
sed -n '/^DKIM-Signature:/,$p' received.eml |
    sed '/^De informatie in dit bericht is vertrouwelijk/,/^voor de geadresseerde/d' |
    sed '/^Facilitaire Zaken, Gemeente Voorbeeld/{n;d}' >sent.eml
run --dns-zone dns.zone --now 2026-11-23T10:05:00Z sent.eml
check 'the copy as sent verifies' prints 'Body: as signed'
golden sent-received 1 --dns-zone dns.zone sent.eml received.eml
symmetric sent.eml received.eml --dns-zone dns.zone

# --- two recipients: one got it directly, one through a list ---

cp "$fixtures/clean/short-text/message.eml" direct.eml
cp "$fixtures/arc/list-with-footer/message.eml" list.eml
cp "$fixtures/arc/list-with-footer/dns.zone" list.zone
golden direct-list 1 --dns-zone list.zone direct.eml list.eml
symmetric direct.eml list.eml --dns-zone list.zone

# --- stored reports: before and after the key was published ---

cp "$fixtures/demo/message.eml" "$fixtures/demo/profile.xml" .
cp "$fixtures/demo/dns.zone" demo.zone
demo() { (cd "$fixtures/demo" && "$program" --profile profile.xml --dns-zone dns.zone --fail-on never "$@" message.eml); }
grep -h '^wp2026._domainkey.gemeente.example' "$fixtures/clean/short-text/dns.zone" >key.zone
demo --now 2026-11-23T10:05:00Z -o "$t/before.xml"
demo --now 2026-11-24T10:05:00Z --dns-overlay "$t/key.zone" -o "$t/after.xml"
sed -i 's|<value>/.*/key.zone</value>|<value>key.zone</value>|' after.xml
golden before-after 1 before.xml after.xml
symmetric before.xml after.xml
check 'reports hold no octets to compare' grep -q '"signatures": null' "$t/there"

# --- nothing differs ---

golden same-message 0 --dns-zone dns.zone received.eml received.eml
check 'the same message: no difference' prints '"differs": false'
sed 's/program="mailassay [^"]*"/program="mailassay 0.0.1"/; s/<input name="[^"]*"/<input name="other.eml"/' \
    before.xml >renamed.xml
compare before.xml renamed.xml
check 'file name and version are no difference: status 0' is 0
check 'file name and version are no difference' prints '^No difference\.'
sed 's/ ttl-s="[0-9]*"/ ttl-s="7"/' before.xml >ttl.xml
compare before.xml ttl.xml
check 'a TTL is no difference' prints '^No difference\.'
sed 's/<run now="[^"]*"/<run now="2027-01-01T00:00:00Z"/' before.xml >moment.xml
compare before.xml moment.xml
check 'the time of the run is no difference' prints '^No difference\.'
demo --now 2026-11-23T10:05:00Z --fail-on info --baseline "$t/after.xml" -o "$t/gated.xml"
compare before.xml gated.xml
check 'what a gate looks at is no difference' prints '^No difference\.'
{ echo 'gemeente.example. TXT "first"' && cat list.zone; } >order-a.zone
{ cat list.zone && echo 'gemeente.example. TXT "first"'; } >order-b.zone
for order in a b; do
    run --dns-zone order-$order.zone --now 2026-11-23T10:05:00Z -o "$t/order-$order.xml" direct.eml
done
compare order-a.xml order-b.xml
check 'the order of records is no difference' prints '^No difference\.'
sed '1s/^/Delivered-To: other@ontvanger.example\r\nX-Note: unsigned\r\n/' direct.eml >other.eml
compare --dns-zone list.zone direct.eml other.eml
check 'unsigned fields do not matter: status 0' is 0
check 'unsigned fields do not matter: said' prints '^No difference that matters'
check 'they are shown all the same' prints 'X-Note: added$'
run --dns-zone list.zone --now 2026-11-23T10:05:00Z -o "$t/direct.xml" direct.eml
compare --dns-zone list.zone direct.xml direct.eml
check 'a report and its message: status 0' is 0
check 'a report and its message' prints '^No difference\.'
cp direct.eml without-extension
compare --dns-zone list.zone direct.xml without-extension
check 'content says what a file is, not its name' is 0
cp direct.xml report.eml
compare --dns-zone list.zone report.eml direct.eml
check 'a report named .eml' is 0
"$program" compare --now 2026-11-23T10:05:00Z --dns-zone list.zone direct.eml - <direct.xml >"$t/out" 2>"$t/err"
check 'standard input' prints '^No difference\.'
compare --color always before.xml after.xml
check '--color' prints "$(printf '\033\[1m')"

# --- one octet ---

sed 's/^Goedemiddag/goedemiddag/; t; s/lekkage/lekkagE/' direct.eml >octet.eml
compare --dns-zone list.zone --format json direct.eml octet.eml
check 'octets: both regions' shape "$t/out" --octets direct.eml octet.eml

# --- what cannot be compared ---

compare --dns-zone list.zone direct.eml
check 'one operand' trouble 64 'name two'
compare --dns-zone list.zone direct.eml direct.eml direct.eml
check 'three operands' trouble 64 'name two'
compare - -
check 'standard input twice' trouble 64 'standard input'
compare --format html direct.eml direct.eml
check 'another format' trouble 64 'text or json'
compare --format pdf direct.eml direct.eml
check 'an unknown format' trouble 64 'pdf'
compare -o x.txt direct.eml direct.eml
check 'it writes no files' trouble 64 '-o'
compare --dns-zone list.zone direct.eml missing.eml
check 'no such message' trouble 66 'missing.eml'
compare --dns-zone missing.zone direct.eml direct.eml
check 'no such zone' trouble 66 'missing.zone'
compare --dns-zone list.zone --profile missing.xml direct.eml direct.eml
check 'no such profile' trouble 78 'missing.xml'
head -c 3000 /dev/zero | tr '\0' '\7' >noise
compare --dns-zone list.zone direct.eml noise
check 'not a message' trouble 65 'noise: not a message'
: >empty
compare --dns-zone list.zone direct.eml empty
check 'an empty file' trouble 65 'empty'
echo '<a><b></a>' >broken.xml
compare --dns-zone list.zone broken.xml direct.eml
check 'broken XML' trouble 65 'broken.xml:2: not a report'
compare before.xml profile.xml
check 'other XML' trouble 65 'profile.xml:.*not a report'
printf '\357\273\277 \n<report/>' >other.xml
compare before.xml other.xml
check 'a report that is none, after a byte order mark' trouble 65 'other.xml'
sed 's/?>/?><!DOCTYPE report [<!ENTITY a "b">]>/' before.xml >dtd.xml
compare dtd.xml before.xml
check 'a document type' trouble 65 'document type'
if [ -e /dev/full ]; then
    "$program" compare before.xml after.xml >/dev/full 2>"$t/err"
    status=$? && : >"$t/out"
    check 'no room for the output' trouble 74 'standard output'
fi

# --- hostile copies ---

python3 - <<'PY'
import re
message = open("direct.eml", "rb").read()
head, body = message.split(b"\r\n\r\n", 1)
many = b"".join(b"X-%d: \x1b[31m\xe2\x80\xae\xff %d\r\n" % (i, i) for i in range(20000))
open("many.eml", "wb").write(many + message)
open("more.eml", "wb").write(many.replace(b"\xff", b"\x00") + message)
signature = re.search(rb"DKIM-Signature:.*?\r\n(?=\S)", head + b"\r\n", re.S).group()
fifty = b"".join(re.sub(rb" s=wp2026", b" s=x%d" % i, signature) for i in range(60))
long = b"a  b \t" * 300000 + b"\r\n"
open("fifty-a.eml", "wb").write(fifty + head + b"\r\n\r\n" + long + body)
open("fifty-b.eml", "wb").write(fifty + head + b"\r\n\r\n" + long + b"\x1b[2J" + body)
open("megabyte.eml", "wb").write(b"X: " + b"\x9b" * 1000000 + b"\r\n" + message)
PY
for pair in 'many.eml more.eml' 'fifty-a.eml fifty-b.eml' 'direct.eml megabyte.eml'; do
    set -- $pair
    compare --dns-zone list.zone --cause-budget 0 "$@"
    check "$pair: an answer" [ "$status" -le 1 ]
    check "$pair: only text" is_text "$t/out"
    check "$pair: of a length to read" [ "$(wc -c <"$t/out")" -lt 400000 ]
    compare --dns-zone list.zone --cause-budget 0 --format json "$@"
    check "$pair: JSON" shape "$t/out"
done
compare --dns-zone list.zone --cause-budget 0 many.eml more.eml
check 'long lists say what they leave out' prints 'and 19500 more'

echo "$passed passed, $failed failed"
[ $failed = 0 ]
