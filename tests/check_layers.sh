#!/bin/sh
# Holds the floors of the house and the list of banned functions.
#   base < dns < message < auth < cause < evidence+profile < rules < reports < cli
# A file may include its own floor and every floor below, never above. Ends with "N passed, N failed".
set -u
cd "$(dirname "$0")/.." || exit 2

# "message-id" is a header field as well.
rules=$(sed -n 's/.*<rule id="\([^"]*\)".*/\1/p' rules/*.xml | grep -vx message-id | tr '\n' ' ')

find analyzer rules reports cli -name '*.[ch]' | sort | xargs awk -v rules="$rules" '
BEGIN { for (i = split(rules, id, " "); i > 0; i--) is_rule[id[i]] }
function floor(path) {
    if (path ~ /^analyzer\/base\//) return 1
    if (path ~ /^analyzer\/profile\.[ch]$/) return 2
    if (path ~ /^analyzer\/dns\//) return 2
    if (path ~ /^analyzer\/message\//) return 3
    if (path ~ /^analyzer\/auth\//) return 4
    if (path ~ /^analyzer\/cause\//) return 5
    if (path ~ /^analyzer\//) return 6
    if (path ~ /^rules\//) return 7
    if (path ~ /^reports\//) return 8
    if (path ~ /^cli\//) return 9
    return 0
}
function bad(text) { print FILENAME ":" FNR ": " text; failed++ }
FNR == 1 { files++; before = failed; comment = 0 }
/^#include "/ {
    split($0, part, "\"")
    if (!floor(part[2])) bad("includes " part[2] ", which is on no floor")
    else if (floor(part[2]) > floor(FILENAME)) bad("reaches up to " part[2])
}
{ code = $0; sub(/\/\/.*/, "", code); text = code; gsub(/"([^"\\]|\\.)*"/, "", code) }
code ~ /(^|[^A-Za-z0-9_])(strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|gets|alloca|strncpy|strncat|scanf|sscanf)[ ]*\(/ {
    bad("banned function")
}
FILENAME !~ /^cli\// && code ~ /(^|[^A-Za-z0-9_])(time|gettimeofday|g_get_real_time|g_date_time_new_now[a-z_]*)[ ]*\(/ {
    bad("the clock is read in cli/ only")
}
# Facts name no rule; views compute no verdict; predicates ask nothing.
FILENAME ~ /^analyzer\// { for (i = split(text, quoted, "\""); i > 1; i--) if (i % 2 == 0 && quoted[i] in is_rule) bad("a collector names a rule") }
FILENAME ~ /^rules\/(dkim|spf|dmarc|arc|alignment|profile|transport|message|html|remark|provider_test)\.c$/ && code ~ /(dns_ask|dns_prefetch|fopen|g_file_get_contents)[ ]*\(/ {
    bad("a predicate sees evidence and nothing else")
}
FILENAME ~ /^reports\// && code ~ /(dns_ask|evidence_collect|judge)[ ]*\(/ { bad("a view computes nothing") }
$0 ~ /(TODO|FIXME|[^X]XXX[^X])/ { bad("left-over note") }
END { print files - (failed > 0) " passed, " failed + 0 " failed"; exit failed > 0 }
'
