#!/bin/sh
# `mailassay key`: what it makes is read back by OpenSSL, what must not be used is refused, nothing is overwritten.
#
#   tests/key.sh PROGRAM [--write]    --write makes the expected files anew; read the change with git diff
set -u
program=$(realpath "$1") || exit 2
write=${2:-}
keys=$(cd "$(dirname "$0")/../fixtures/keys" && pwd)
. "${keys%/*/*}/tests/shell-checks.sh"
cd "$t" || exit 2
unset MAILASSAY_PASSWORD

# run ARGUMENT...: without a terminal to ask on. stdout in out, stderr in err, status in $status.
run() {
    : >"$t/diff"
    setsid -w "$program" key "$@" >"$t/out" 2>"$t/err" </dev/null
    status=$?
}

lacks_password() { ! grep -q Password err; }
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

mkdir folder.pem
run new $name -o folder.pem
check 'new: nor is a folder replaced' trouble 74 'never overwritten'
check 'new: no password was shown for any of these' lacks_password

# --- the mode is the same under every umask ---
for mask in 000 077 777; do
    (umask $mask && "$program" key new $name --type ed25519 --plain -o mask$mask.pem >/dev/null)
    check "new: umask $mask" mode 600 mask$mask.pem
done
"$program" key new $name --type ed25519 -o unseen.pem >/dev/null 2>/dev/full
check 'new: a password that nobody could see makes no key' [ $? = 74 ]
check 'new: and leaves no file' [ ! -e unseen.pem ]

# --- other choices ---
run new $name --encrypt -o explicit.pem
check 'encrypted when asked to: status 0' is 0
check 'encrypted when asked to: password' says '^Password of explicit.pem'
check 'encrypted when asked to: the file' grep -q 'ENCRYPTED PRIVATE KEY' explicit.pem
run new $name --encrypt --plain -o no.pem
check 'encrypt and plain' trouble 64 '--plain and --encrypt exclude each other'
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
python3 - "$program" made.pem "$(cat password)" nl <<'PY' >typed
# On a terminal it asks, shows nothing of what is typed, and leaves the terminal as it was.
import os, pty, select, signal, sys, termios
program, path, password, language = sys.argv[1:]
child, terminal = pty.fork()
if child == 0:
    out = os.open("typed.out", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    os.dup2(out, 1)
    os.execv(program, [program, "key", "show", "--lang", language, path])
before = termios.tcgetattr(terminal)[3]
seen = b""
while not seen.endswith(b": ") and select.select([terminal], [], [], 20)[0]:
    seen += os.read(terminal, 1024)
hidden = not termios.tcgetattr(terminal)[3] & termios.ECHO
os.write(terminal, password.encode() + b"\n")
try:
    while select.select([terminal], [], [], 20)[0] and (more := os.read(terminal, 1024)):
        seen += more
except OSError:
    pass
signal.alarm(60)  # whoever waits for input that never comes fails, and does not hang
status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
print(status, hidden, bool(before & termios.ECHO), password.encode() in seen)
print(seen.decode().replace("\r\n", ""))
PY
check 'show: the terminal is asked, without an echo' [ "$(sed -n 1p typed)" = '0 True True False' ]
check 'show: in the language' grep -q '^Wachtwoord van made.pem: $' typed
check 'show: password from the terminal' grep -q "^Waarde $(sed -n 's/^Value  //p' new.out)\$" typed.out
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
openssl genpkey -algorithm ED448 -out ed448.pem 2>/dev/null
run show ed448.pem
check 'show: Ed448' trouble 65 'not a usable RSA or Ed25519 key'
openssl pkey -in made.pem -passin file:password -traditional -aes256 -passout "pass:$(cat password)" -out old-encrypted.pem
run show $name --password-file password old-encrypted.pem
check 'show: RSA PRIVATE KEY, encrypted' cmp -s out new.out
run show --password-file no-such-password made.pem
check 'show: no such password file' trouble 66 'no-such-password: cannot be read'
head -c 70000 /dev/zero | tr '\0' x >large
chmod 600 large
run show --password-file large made.pem
check 'show: a password file without end' trouble 66 'too large'
run show --lang de made.pub
check 'show: another language' trouble 64 'choose en or nl'
run show /dev/null
check 'show: no key' trouble 65 'no PEM key'
run show none.pem
check 'show: no file' trouble 66 'cannot be read'

# --- the words, in both languages; what is new each time is left out ---
golden=$keys/expect
for language in en nl; do
    run new $name --lang $language -o new.$language.pem
    sed 's/[A-Za-z0-9+/]\{100,\}/BASE64/g' "$t/out" >"$t/words"
    sed 's/: [2-9a-z-]*$/: PASSWORD/' "$t/err" >>"$t/words"
    mv "$t/words" "$t/out"
    check "words: new: $language" expected "$golden/new.$language.txt"
    run show $name --lang $language "$keys/rsa-2048-1.pem"
    check "words: show: $language" expected "$golden/show.$language.txt"
    run show --lang $language "$keys/ed25519.pem"
    check "words: show without a name: $language" expected "$golden/show-nameless.$language.txt"
done

# held FILE DOMAIN KEY OPTION...: key check, from the folder whose names are in the output.
held() {
    file=$1 domain=$2 key=$3
    shift 3
    cd "$keys/../domain" || exit 2
    run check --dns-zone keys/dns.zone --domain "$domain" --selector wm1 "$@" "$keys/$key"
    cd "$t" || exit 2
}
for language in en nl; do
    for case in valid:valid.example:rsa-2048-1 mismatch:valid.example:rsa-2048-2 unlisted:nowhere.example:rsa-2048-1 \
        keyless:uncompared.example:rsa-2048-1 off:off-published.example:rsa-2048-1 sha1:set-to-sha1.example:rsa-2048-1 \
        another-customers:configured-elsewhere.example:rsa-2048-1; do
        file=${case%%:*} key=${case##*:} domain=${case#*:}
        held "$file" "${domain%:*}" "$key.pem" --profile keys/profile.xml --lang $language
        check "words: check: $file: $language" expected "$golden/check-$file.$language.txt"
    done
done
held secret valid.example rsa-2048-1.pem --lang nl
check 'check: without a profile: status 0' is 0
run check $name --dns-zone "$keys/../domain/keys/dns.zone" --password-file password made.pem
check 'check: an encrypted key, password from a file' prints 'wm1._domainkey.customer.example: missing'
MAILASSAY_PASSWORD=$(cat password)
export MAILASSAY_PASSWORD
run check $name --dns-zone "$keys/../domain/keys/dns.zone" made.pem
check 'check: password from the environment' prints 'wm1._domainkey.customer.example: missing'
unset MAILASSAY_PASSWORD

finish
