#!/bin/sh
# `mailassay key`: what it makes is read back by OpenSSL, what must not be used is refused, nothing is overwritten.
#
#   tests/key.sh PROGRAM
set -u
program=$(realpath "$1") || exit 2
keys=$(cd "$(dirname "$0")/../fixtures/keys" && pwd)
. "${keys%/*/*}/tests/shell-checks.sh"
cd "$t" || exit 2
unset MAILASSAY_PASSWORD

# run ARGUMENT...: without a terminal to ask on. stdout in out, stderr in err, status in $status.
run() {
    setsid -w "$program" key "$@" >out 2>err </dev/null
    status=$?
}

mode() { [ "$(stat -c %a "$2")" = "$1" ]; }
name="--domain Customer.Example --selector wm1"

# The p= of an OpenSSL public key.
p_of() { openssl pkey "$@" -pubout -outform DER | base64 -w 0; }
record() { sed -n 2p out; }

# --- new: RSA, encrypted under a password of its own ---
run new $name -o made.pem
check 'new: status 0' is 0
check 'new: readable by its owner only' mode 600 made.pem
check 'new: the password is on stderr' says '^Password of made.pem, shown this once: [2-9a-z]\{5\}\(-[2-9a-z]\{5\}\)\{4\}$'
check 'new: and nowhere else' [ "$(grep -c Password out)" = 0 ]
sed 's/.*: //' err >password
chmod 600 password
cp out new.out
check 'new: OpenSSL reads it with that password' openssl pkey -in made.pem -passin file:password -noout
check 'new: and not with another' sh -c '! openssl pkey -in made.pem -passin pass:wrong -noout 2>/dev/null'
check 'new: the record is of that key' [ "$(record)" = "v=DKIM1; k=rsa; p=$(p_of -in made.pem -passin file:password)" ]
check 'new: 2048 bits' sh -c 'openssl pkey -in made.pem -passin file:password -noout -text | grep -q "(2048 bit"'
openssl asn1parse -in made.pem >asn1
check 'new: AES-256' grep -q aes-256-cbc asn1
check 'new: PBKDF2 with HMAC-SHA-256' grep -q hmacWithSHA256 asn1
check 'new: 600000 iterations' grep -q 'INTEGER *:0927C0' asn1

# --- the three forms ---
# Joined, the strings of the zone file are the record; each has at most 255 octets.
grep -o '"[^"]*"' out | tr -d '"' >strings
check 'forms: the first string is full' [ "$(head -n 1 strings | tr -d '\n' | wc -c)" = 255 ]
check 'forms: the strings are the record' [ "$(tr -d '\n' <strings)" = "$(record)" ]
check 'forms: zone name' grep -q '^wm1\._domainkey\.customer\.example\. IN TXT ( "' out
check 'forms: web form name' grep -q '^Name   wm1\._domainkey$' out
check 'forms: web form value' [ "$(sed -n 's/^Value  //p' out)" = "$(record)" ]

# --- never overwritten ---
sum=$(cksum made.pem)
run new $name -o made.pem
check 'new: an existing file is not touched' trouble 74 'never overwritten'
check 'new: it is as it was' [ "$sum" = "$(cksum made.pem)" ]
ln -s nowhere link.pem
run new $name -o link.pem
check 'new: nor is a link followed' trouble 74 'never overwritten'
run new $name -o no/such/folder.pem
check 'new: no such folder' trouble 74 'cannot be made'

# --- other choices ---
run new $name --type ed25519 --plain -o ed.pem
check 'ed25519: status 0' is 0
check 'ed25519: no password' [ ! -s err ]
check 'ed25519: the 32 octets' [ "$(record)" = "v=DKIM1; k=ed25519; p=$(openssl pkey -in ed.pem -pubout -outform DER | tail -c 32 | base64 -w 0)" ]
check 'ed25519: mode' mode 600 ed.pem
run new $name --bits 3072 --password-file password -o long.pem
check '3072 bits, own password: status 0' is 0
check 'own password: nothing to show' [ ! -s err ]
check '3072 bits' sh -c 'openssl pkey -in long.pem -passin file:password -noout -text | grep -q "(3072 bit"'

# --- refused, with the reason ---
run new $name --bits 1024 -o no.pem
check '1024 bits' trouble 64 'RFC 8301'
run new $name --bits 8192 -o no.pem
check '8192 bits' trouble 64 'beyond 4096'
run new $name --bits many -o no.pem
check 'bits: no number' trouble 64 '2048 to 4096'
run new $name --type dsa -o no.pem
check 'another type' trouble 64 'RFC 8463'
run new $name --hash sha1 -o no.pem
check 'another hash' trouble 64 'forbidden (RFC 8301'
run new --domain 'no domain' --selector s -o no.pem
check 'no domain name' trouble 64 'no domain name'
run new --selector s -o no.pem
check 'no domain' trouble 64 'give --domain and --selector'
run new $name
check 'no file' trouble 64 'with -o'
run new $name --plain --password-file password -o no.pem
check 'plain and password' trouble 64 'exclude each other'
run new $name --type ed25519 --bits 2048 -o no.pem
check 'ed25519 with bits' trouble 64 'one length'
: >empty
chmod 600 empty
run new $name --password-file empty -o no.pem
check 'an empty password' trouble 65 'no password'
cp password open
chmod 644 open
run new $name --password-file open -o no.pem
check 'a password open to everybody' trouble 65 'chmod o='
check 'none of these made a file' [ ! -e no.pem ]
run
check 'no command' trouble 64 'choose new, show'

# --- show ---
run show $name --password-file password made.pem
check 'show: encrypted, password from a file' cmp -s out new.out
MAILASSAY_PASSWORD=$(cat password) "$program" key show $name made.pem >out 2>err
check 'show: password from the environment' cmp -s out new.out
openssl pkey -in made.pem -passin file:password -pubout -out made.pub
run show $name made.pub
check 'show: the public half' cmp -s out new.out
run show made.pub
check 'show: without a name it says where one goes' grep -q '^SELECTOR\._domainkey\.DOMAIN\. IN TXT' out
openssl pkey -in made.pem -passin file:password -traditional -out old.pem
run show $name old.pem
check 'show: RSA PRIVATE KEY' cmp -s out new.out
run show made.pem
check 'show: no password' trouble 65 'MAILASSAY_PASSWORD'
echo wrong >wrong
chmod 600 wrong
run show --password-file wrong made.pem
check 'show: wrong password' trouble 65 'does not open'
run show "$keys/rsa-1024.pem"
check 'show: 1024 bits' trouble 65 '1024 bits.*RFC 8301'
openssl genpkey -quiet -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.pem 2>/dev/null ||
    openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out ec.pem 2>/dev/null
run show ec.pem
check 'show: another algorithm' trouble 65 'not a usable RSA or Ed25519 key'
run show /dev/null
check 'show: no key' trouble 65 'no PEM key'
run show none.pem
check 'show: no file' trouble 66 'cannot be read'

finish
