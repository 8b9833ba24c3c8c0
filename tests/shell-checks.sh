# What the shell tests have in common; each sources it after setting `program`. It makes a folder, $t, which goes when the
# test ends.
passed=0
failed=0
t=$(mktemp -d)
trap 'rm -rf "$t"' EXIT

# check TITLE COMMAND...: counts whether the command succeeds; shows what the program said last when it does not.
check() {
    title=$1
    shift
    if "$@"; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        echo "failed: $title"
        head -n 20 "$t/diff" "$t/err" 2>/dev/null
    fi
}

# run ARGUMENT...: stdout in $t/out, stderr in $t/err, status in $status.
run() {
    : >"$t/diff"
    "$program" "$@" >"$t/out" 2>"$t/err" </dev/null
    status=$?
}

is() { [ "$status" = "$1" ]; }
says() { grep -q -e "$1" "$t/err"; }
silent() { [ ! -s "$t/err" ]; }
prints() { grep -q -e "$1" "$t/out"; }
lacks() { ! grep -q -e "$1" "$t/out"; }
same() { [ -s "$1" ] && cmp -s "$1" "$2"; }
# One line of the program's own, with the pattern in it; and no report.
one_line() { [ "$(wc -l <"$t/err")" = 1 ] && grep -q "^mailassay: .*$1" "$t/err" && [ ! -s "$t/out" ]; }
trouble() { is "$1" && one_line "$2"; }

# expected FILE: the output, octet for octet. With --write as the test's last argument the file is made anew.
expected() {
    [ "${write:-}" = --write ] && cp "$t/out" "$1"
    diff "$1" "$t/out" >"$t/diff"
}

# The last line, and the exit status.
finish() {
    echo "$passed passed, $failed failed"
    [ "$failed" = 0 ]
}
