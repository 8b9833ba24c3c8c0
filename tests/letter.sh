#!/bin/sh
# The hand-over letter: octet for octet in both languages, from a message and from a signing domain; the records in it are
# those that the report proved; the page has the same text; and what belongs to others is in none.
#
#   tests/letter.sh PROGRAM [--write]    --write makes the expected files anew; read the change with git diff
set -u
program=$(realpath "$1") || exit 2
write=${2:-}
root=$(cd "$(dirname "$0")/.." && pwd)
cd "$root/fixtures" || exit 2
. "$root/tests/shell-checks.sh"
now=2026-11-23T10:05:00Z

# letter LANGUAGE COMMAND ARGUMENT...
letter() {
    language=$1 command=$2
    shift 2
    [ "$command" != analyze ] || set -- --now $now "$@"
    run "$command" --format letter --lang "$language" "$@"
}

# --- the golden letters ---
while read -r name arguments; do
    case $name in '' | '#'*) continue ;; esac
    for language in en nl; do
        letter $language $arguments
        check "$name: $language" expected "letters/$name.$language.txt"
        check "$name: $language: a verdict or no answer" sh -c "[ $status = 0 ] || [ $status = 1 ] || [ $status = 69 ]"
        check "$name: $language: nothing on stderr" silent
    done
done <letters/cases
check 'no letter without a case' [ "$(ls letters/*.txt | wc -l)" = $((2 * $(grep -c '^[a-z]' letters/cases))) ]

# No grade, no rule, nothing but printable text; prose within 80 columns: what is longer is to be copied.
"$program" rules | sed -n 's/^ *\([a-z]*-[a-z-]*\) .*/\1/p' | sort -u >"$t/ids"
check 'there are rules to look for' [ "$(wc -l <"$t/ids")" -gt 100 ]
check 'no letter names a rule' sh -c '! grep -w -F -f "$1" letters/*.txt' - "$t/ids"
check 'no letter has a score' sh -c '! grep -i -w -e score -e "points off" -e punten letters/*.txt | grep -v Onderwerp'
check 'no letter holds a private key' sh -c '! grep -e "PRIVATE KEY" -e MIIEv letters/*.txt'
check 'no control character' sh -c '! LC_ALL=C grep -n "[[:cntrl:]]" letters/*.txt'
check 'prose is not wider than a terminal' python3 - <<'PY'
import glob
import re
import sys
COPYABLE = re.compile(r"v=|dig |Resolve-DnsName |mailassay |\S+ IN TXT \(|    \"|   (Name|Naam|In a form|Formulier) |(Subject|Onderwerp|To|Aan): ")
wide = [(p, line) for p in glob.glob("letters/*.txt") for line in open(p, encoding="utf-8").read().split("\n")
        if len(line) > 80 and not COPYABLE.match(line)]
sys.exit(f"{wide}" if wide else 0)
PY

# --- each record of the letter, taken out of it and laid over the zone, does what the letter says ---
# The value is the line after the one that announces it: nothing has to be joined or trimmed.
value_of() { grep -A 1 '^   Value, on one line' "$1" | tail -n 1; }
name_of() { sed -n 's/^   Name       //p' "$1" | head -n 1; }
folder=profile/key-missing
printf '%s. TXT %s\n' "$(name_of letters/key-missing.en.txt)" \
    "$(value_of letters/key-missing.en.txt | fold -w 200 | sed 's/.*/"&"/' | tr '\n' ' ')" >"$t/add.zone"
run -p $folder/profile.xml --now $now --dns-zone $folder/dns.zone --dns-zone "$t/add.zone" $folder/message.eml
check 'the record copied out of the letter mends it' is 0
check 'and DKIM passes' prints "Score 100 of 100"
sed -n '/In a zone file/,/^$/p' letters/key-missing.en.txt | sed 1d >"$t/pasted.zone"
run -p $folder/profile.xml --now $now --dns-zone $folder/dns.zone --dns-zone "$t/pasted.zone" $folder/message.eml
check 'so do the lines for a zone file' is 0

# --- where it can be asked for ---
case=demo
run -p $case/profile.xml --now $now --dns-zone $case/dns.zone -o "$t/x.letter.txt" -o "$t/x.txt" -o "$t/x.xml" -o "$t/x.html" \
    $case/message.eml
check 'the status is the verdict' is 1
check '-o: .letter.txt is a letter' cmp "$t/x.letter.txt" letters/several.en.txt
check '-o: .txt is the report' grep -q 'Score 40 of 100' "$t/x.txt"
for language in en nl; do
    run render --format letter --lang $language "$t/x.xml"
    check "render: the same letter: $language" cmp "$t/out" letters/several.$language.txt
    check "render: status 0: $language" is 0
    run render --lang $language -o "$t/$language.html" "$t/x.xml"
    python3 -c '
import html, re, sys
page = open(sys.argv[1], encoding="utf-8").read()
found = re.search(r"<pre class=\"letter\"[^>]*>(.*?)</pre>", page, re.S)
sys.stdout.write(html.unescape(found.group(1)) if found else "")' "$t/$language.html" >"$t/in-page"
    check "the page has the same text: $language" cmp "$t/in-page" letters/several.$language.txt
    check "and a link to it: $language" grep -q 'href="#letter"' "$t/$language.html"
done
run --now $now --dns-zone clean/short-text/dns.zone -o "$t/nothing.html" clean/short-text/message.eml
check 'a page without anything to hand over has no letter' sh -c '! grep -e "class=\"letter\"" -e "#letter" "$1"' - "$t/nothing.html"
run --now $now --dns-zone clean/short-text/dns.zone --format letter clean/short-text/message.eml demo/message.eml
check 'two letters in one stream' trouble 64 'several messages'
run domain -p domain/keys/profile.xml --dns-zone domain/keys/dns.zone --format letter
check 'domain: no domain named' trouble 64 'a letter is about one domain; name it'
run domain -p domain/keys/profile.xml --dns-zone domain/keys/dns.zone --format letter valid.example missing.example
check 'domain: two domains named' trouble 64 'a letter is about one domain; name it'

finish
