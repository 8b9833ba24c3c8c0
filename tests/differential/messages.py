"""Signed messages and what may become of them: layouts of the signature, key records, changes in transit.

A change is a function (random, case) that alters the case before signing, of the signature's tags, of the key record or
after signing. Its name, without the prefix, is the feature that classes of disagreement are told apart by.
"""
import base64
import os
import random
import sys

from signing import Key, sign
from world import World

NOW = 1750000000
DOMAIN, SELECTOR = "example.com", "sel"
CANONS = ["simple/simple", "simple/relaxed", "relaxed/simple", "relaxed/relaxed", "relaxed/relaxed"]
keys = {}


def load_keys(folder):
    for name in ("rsa-2048-1", "rsa-2048-2", "rsa-1024", "rsa-512", "ed25519"):
        keys[name] = Key(os.path.join(folder, name + ".pem"))


class Draft:
    """A message before and after signing."""

    def __init__(self, r):
        self.features = []
        self.key_name = r.choices(["rsa-2048-1", "rsa-1024", "ed25519"], [2, 5, 3])[0]
        self.algorithm = "ed25519-sha256" if self.key_name == "ed25519" else "rsa-sha256"
        self.headers = some_headers(r)
        self.body = some_body(r)
        self.field_name = b"DKIM-Signature"
        self.canon = r.choice(CANONS)
        self.names = [n.lower() for n, _ in self.headers if n.lower() != b"received"]
        self.domain, self.selector = DOMAIN, SELECTOR
        self.names_text = None
        self.tags = None
        self.separate = True

    def lay_out(self):
        fold = "\r\n\t"
        h = ":".join(n.decode("latin-1") for n in self.names) if self.names_text is None else self.names_text
        rows = [("v", "1", ""), ("a", self.algorithm, " "), ("c", self.canon, " "), ("d", self.domain, " "),
                ("s", self.selector, " "), ("h", h, fold), ("bh", None, fold), ("b", None, fold)]
        self.tags = [[n, v, before, "", "", ""] for n, v, before in rows]

    def tag(self, name):
        return next((t for t in self.tags if t[0] == name), None)

    def octets(self):
        head = b"".join(n + b":" + v + b"\r\n" for n, v in self.headers)
        return head + (b"\r\n" + self.body if self.separate else b"")


def some_headers(r):
    rows = [(b"Received", b" from a.example by b.example;\r\n\tMon, 16 Jun 2025 10:00:00 +0000"),
            (b"From", r.choice([b" Ann <ann@example.com>", b" ann@example.com", b"\r\n =?utf-8?q?Ann?= <ann@example.com>"])),
            (b"To", r.choice([b" bob@example.net", b" \"Bob, B.\" <bob@example.net>,\r\n  carol@example.net"])),
            (b"Subject", r.choice([b" hello", b" a  longer\tsubject ", b"", b" folded\r\n subject\r\n\there", b" x: y; z=1"])),
            (b"Date", b" Mon, 16 Jun 2025 10:00:00 +0000"),
            (b"Message-ID", b" <%d@example.com>" % r.randrange(10**6))]
    if r.random() < 0.5:
        rows += [(b"MIME-Version", b" 1.0"), (b"Content-Type", b" text/plain; charset=utf-8")]
    if r.random() < 0.2:
        rows.append((b"X-Empty", b""))
    if r.random() < 0.2:
        rows += [(b"X-Twice", b" one"), (b"X-Twice", b" two")]
    if r.random() < 0.3:
        r.shuffle(rows)
    return rows


def some_body(r):
    lines = [r.choice([b"hello world", b"two  spaces", b"tab\there", b" leading", b"trailing ", b"", b".", b"..", b"--",
                       b"From here", b"a=b;c", b"\tx \t y", b"x" * 120]) for _ in range(r.randrange(1, 9))]
    return b"\r\n".join(lines) + b"\r\n"


# --- before signing: the message (shape_) ---

def shape_body_empty(r, d):
    d.body = b""

def shape_body_only_crlf(r, d):
    d.body = b"\r\n" * r.randrange(1, 4)

def shape_body_only_blanks(r, d):
    d.body = r.choice([b" \r\n", b"\t\r\n \r\n", b" ", b"  \r\n\r\n"])

def shape_body_no_final_crlf(r, d):
    d.body = d.body.rstrip(b"\r\n") + b"end"

def shape_body_blank_tail(r, d):
    d.body += b"\r\n" * r.randrange(1, 5)

def shape_body_blank_line_tail(r, d):
    d.body += r.choice([b" \r\n", b"\t \r\n\r\n", b"\r\n \r\n"])

def shape_body_8bit(r, d):
    d.body += bytes(r.randrange(128, 256) for _ in range(20)) + b"\r\n"

def shape_body_nul(r, d):
    d.body += b"a\0b\r\n"

def shape_body_bare_lf(r, d):
    d.body += b"one\ntwo\r\n"

def shape_body_bare_cr(r, d):
    d.body += r.choice([b"one\rtwo\r\n", b"one\r\r\n", b"one \r two\r\n"])

def shape_body_vt_ff(r, d):
    d.body += r.choice([b"a\x0b b\r\n", b"a \x0c\r\n"])

def shape_body_long_line(r, d):
    d.body += b"y" * r.randrange(999, 3000) + b"\r\n"

def shape_body_many_lines(r, d):
    d.body += b"line of text\r\n" * 500

def shape_header_8bit(r, d):
    d.headers.append((b"X-Bit", b" caf\xe9 " + bytes([r.randrange(128, 256)])))
    d.names.append(b"x-bit")

def shape_header_long(r, d):
    d.headers.append((b"X-Long", b" " + b"z" * 1200))
    d.names.append(b"x-long")

def shape_header_blank_fold(r, d):
    d.headers.append((b"X-Fold", b" a\r\n \r\n\tb"))
    d.names.append(b"x-fold")

def shape_header_wsp_before_colon(r, d):
    d.headers.append((b"X-Space" + r.choice([b" ", b"\t", b"  "]), b" v"))
    d.names.append(b"x-space")

def shape_header_only_wsp(r, d):
    d.headers.append((b"X-Blank", r.choice([b" ", b"\t", b" \r\n "])))
    d.names.append(b"x-blank")

def shape_header_odd_name(r, d):
    name = r.choice([b"X_under", b"X.dot", b"1Digit", b"X-+!"])
    d.headers.append((name, b" v"))
    d.names.append(name.lower())

def shape_header_upper_name(r, d):
    d.headers = [(n.upper(), v) for n, v in d.headers]

def shape_header_no_space(r, d):
    d.headers = [(n, v.lstrip(b" ")) for n, v in d.headers]

def shape_header_tab_after_colon(r, d):
    d.headers = [(n, b"\t" + v.lstrip(b" ")) for n, v in d.headers]

def shape_header_bare_cr(r, d):
    d.headers.append((b"X-Cr", b" a\rb"))
    d.names.append(b"x-cr")

def shape_header_nul(r, d):
    d.headers.append((b"X-Nul", b" a\0b"))
    d.names.append(b"x-nul")

def shape_two_from(r, d):
    d.headers.append((b"From", b" eve@example.org"))
    d.names.append(b"from")

def shape_many_headers(r, d):
    d.headers += [(b"X-%d" % i, b" v") for i in range(150)]
    d.names += [b"x-%d" % i for i in range(0, 150, 3)]


# --- the list of signed fields (names_) ---

def names_oversign(r, d):
    d.names += [b"from", r.choice([b"subject", b"to", b"cc"])]

def names_absent(r, d):
    d.names.insert(r.randrange(len(d.names) + 1), b"x-not-there")

def names_repeat_twice(r, d):
    d.headers += [(b"X-Rep", b" a"), (b"X-Rep", b" b")]
    d.names += [b"x-rep"] * r.randrange(1, 4)

def names_shuffled(r, d):
    r.shuffle(d.names)

def names_upper(r, d):
    d.names = [n.upper() for n in d.names]

def names_with_received(r, d):
    d.names.append(b"received")

def names_only_from(r, d):
    d.names = [b"from"]

def names_without_from(r, d):
    d.names = [n for n in d.names if n != b"from"]

def names_dkim_signature(r, d):
    d.names.append(b"dkim-signature")

def names_spaces(r, d):
    around = r.choice([" : ", ": ", " :", ":\r\n\t ", "\r\n :", "\t:"])
    d.names_text = around.join(n.decode("latin-1") for n in d.names)

def names_final_colon(r, d):
    d.names_text = ":".join(n.decode("latin-1") for n in d.names) + ":"

def names_first_colon(r, d):
    d.names_text = ":" + ":".join(n.decode("latin-1") for n in d.names)

def names_double_colon(r, d):
    d.names_text = "::".join(n.decode("latin-1") for n in d.names)

def names_comma(r, d):
    d.names_text = ",".join(n.decode("latin-1") for n in d.names)

def names_odd_octet(r, d):
    d.names_text = ":".join(n.decode("latin-1") for n in d.names) + r.choice([":x y", ":x\xe9", ":x/y", ":*", ":x_y"])


# --- tags of the signature (tag_) ---

def extra(d, name, value, r=None):
    row = [name, value, " ", "", "", ""]
    d.tags.insert(r.randrange(len(d.tags) + 1) if r else len(d.tags) - 1, row)

def tag_order(r, d):
    r.shuffle(d.tags)

def tag_space_around(r, d):
    for t in d.tags:
        t[2] = r.choice(["", " ", "\t", "  "])
        t[3], t[4], t[5] = (r.choice(["", "", " ", "\t"]) for _ in range(3))

def tag_folds_around(r, d):
    for t in d.tags:
        t[2] = r.choice(["", "\r\n ", "\r\n\t"])
        t[3], t[4], t[5] = (r.choice(["", "", "", "\r\n "]) for _ in range(3))

def tag_no_space(r, d):
    for t in d.tags:
        t[2] = ""

def tag_final_semicolon(r, d):
    d.tags[-1][5] += r.choice([";", "; ", ";\r\n "])

def tag_double_semicolon(r, d):
    r.choice(d.tags[:-1])[5] += r.choice([";", "; "])

def tag_first_semicolon(r, d):
    d.tags[0][2] = ";" + d.tags[0][2]

def tag_unknown(r, d):
    extra(d, r.choice(["xx", "y", "foo_bar", "z9", "h2", "bhx"]), r.choice(["1", "a b", "", "=", "x=y", "caf\xe9"]), r)

def tag_unknown_bad_name(r, d):
    extra(d, r.choice(["9x", "_x", "x-y", "x.y", "", "x y"]), "1", r)

def tag_no_equals(r, d):
    r.choice(d.tags[:-1])[5] += ";foo"

def tag_duplicate(r, d):
    t = r.choice([t for t in d.tags if t[1] is not None])
    extra(d, t[0], t[1], r)

def tag_duplicate_unknown(r, d):
    extra(d, "xx", "1", r)
    extra(d, "xx", "2", r)

def tag_upper_name(r, d):
    t = r.choice(d.tags)
    t[0] = t[0].upper()

def tag_missing(r, d):
    d.tags.remove(r.choice([t for t in d.tags if t[0] in ("v", "a", "d", "s", "h")]))

def tag_missing_bh(r, d):
    d.tags.remove(d.tag("bh"))

def tag_v(r, d):
    d.tag("v")[1] = r.choice(["2", "0.5", "1.0", "01", "", "1 1", "one", "1\r\n 1"])

def tag_v_not_first(r, d):
    row = d.tag("v")
    d.tags.remove(row)
    d.tags.insert(r.randrange(1, len(d.tags)), row)

def tag_a_case(r, d):
    d.tag("a")[1] = r.choice([d.algorithm.upper(), d.algorithm.capitalize()])

def tag_a_unknown(r, d):
    d.tag("a")[1] = r.choice(["rsa-sha512", "dsa-sha256", "rsa", "sha256", "", "rsa-md5", "ed25519", "rsa-sha256-x", "rsa--sha256"])

def tag_a_sha1(r, d):
    d.key_name, d.tag("a")[1] = "rsa-1024", "rsa-sha1"

def tag_a_short_key(r, d):
    d.key_name, d.tag("a")[1] = "rsa-512", r.choice(["rsa-sha256", "rsa-sha1"])

def tag_a_other_type(r, d):
    d.tag("a")[1] = "rsa-sha256" if d.key_name == "ed25519" else "ed25519-sha256"

def tag_a_space(r, d):
    d.tag("a")[1] = d.algorithm.replace("-", r.choice([" -", "- ", " - "]))

def tag_c_absent(r, d):
    d.tags.remove(d.tag("c"))

def tag_c_one_word(r, d):
    d.tag("c")[1] = r.choice(["simple", "relaxed"])

def tag_c_case(r, d):
    d.tag("c")[1] = r.choice([str.upper, str.title])(d.tag("c")[1])

def tag_c_odd(r, d):
    d.tag("c")[1] = r.choice(["nowsp", "relaxed/", "/relaxed", "relaxed/nofws", "", "relaxed/relaxed/relaxed", "relaxed / relaxed", "relaxed/ simple"])

def tag_q(r, d):
    extra(d, "q", r.choice(["dns/txt", "dns", "dns/txt:foo", "foo:dns/txt", "dns/txt : http/well-known", "DNS/TXT", "", "foo", "dns/cname", "dns / txt"]), r)

def tag_l_exact(r, d):
    from signing import canon_body
    canon = d.tag("c")[1].split("/")[1] if d.tag("c") and "/" in d.tag("c")[1] else "simple"
    extra(d, "l", str(len(canon_body(canon if canon in ("simple", "relaxed") else "simple", d.body))), r)

def tag_l_short(r, d):
    extra(d, "l", str(r.choice([0, 1, 2, 5])), r)
    if r.random() < 0.5:
        d.body += b"appended\r\n"

def tag_l_beyond(r, d):
    extra(d, "l", str(len(d.body) + r.randrange(3, 9)), r)

def tag_l_odd(r, d):
    extra(d, "l", r.choice(["", "-1", "+5", "0x5", "5.0", "005", "1 0", "9" * 30, "9" * 76, "9" * 77, "abc", "\r\n 5"]), r)

def tag_t(r, d):
    extra(d, "t", str(NOW + r.choice([-10**8, -3600, 0, -NOW])), r)

def tag_t_future(r, d):
    extra(d, "t", str(NOW + r.choice([60, 200, 400, 3600, 35000, 37000, 10**6])), r)

def tag_t_odd(r, d):
    extra(d, "t", r.choice(["", "-5", "abc", "1.5", "1 2", "9" * 12, "9" * 13, "9" * 25]), r)

def tag_x(r, d):
    extra(d, "x", str(NOW + r.choice([10, 3600, 10**6])), r)

def tag_x_past(r, d):
    extra(d, "x", str(NOW - r.choice([1, 10, 3600, 35000, 37000, 10**6])), r)

def tag_x_before_t(r, d):
    extra(d, "t", str(NOW - 100), r)
    extra(d, "x", str(NOW - r.choice([100, 200, 50])), r)

def tag_x_odd(r, d):
    extra(d, "x", r.choice(["", "abc", "-5", "9" * 12, "9" * 13, "9" * 25, "0"]), r)

def tag_i(r, d):
    extra(d, "i", r.choice(["@example.com", "ann@example.com", "ann@sub.example.com", "@EXAMPLE.COM", "ann@Sub.Example.com", "a=2Bb@example.com"]), r)

def tag_i_other(r, d):
    extra(d, "i", r.choice(["@example.org", "ann@example.net", "@com", "@notexample.com", "ann@example.com.evil"]), r)

def tag_i_odd(r, d):
    extra(d, "i", r.choice(["", "ann", "example.com", "a@b@example.com", "@", "ann @example.com", "ann@ example.com", "=40example.com", "ann@example.com.", "\"a b\"@example.com", "a\xe9@example.com", "@.example.com", "@a..example.com"]), r)

def tag_d_case(r, d):
    d.tag("d")[1] = "Example.COM"

def tag_d_odd(r, d):
    d.tag("d")[1] = r.choice(["", "example.com.", ".example.com", "exa mple.com", "example..com", "ex_ample.com", "com", "@example.com", "b\xe4r.example.com", "-a.example.com", "x" * 64 + ".example.com"])

def tag_s_case(r, d):
    d.tag("s")[1] = "SEL"

def tag_s_labels(r, d):
    d.selector = d.tag("s")[1] = "a.b.sel"

def tag_s_odd(r, d):
    d.tag("s")[1] = r.choice(["", "s el", ".sel", "sel.", "a..b", "s_el", "_sel", "-sel", "s\xe9l", "x" * 64])

def tag_z(r, d):
    extra(d, "z", "From:=20ann@example.com|Subject:=20hello", r)

def tag_z_odd(r, d):
    extra(d, "z", r.choice(["", "=", "a b", "|", "x:y=ZZ"]), r)

def tag_bh_folded(r, d):
    d.tag("bh")[5] = "\r\n\t"
    d.tag("b")[5] = r.choice([" ", "\r\n ", ""])

def tag_field_name_case(r, d):
    d.field_name = r.choice([b"dkim-signature", b"DKIM-SIGNATURE", b"Dkim-Signature"])

def tag_field_name_space(r, d):
    d.field_name = b"DKIM-Signature "


# --- the key record (key_): returns nothing, sets d.records ---

def record_text(d, head="v=DKIM1; ", kind=None, tail=""):
    key = keys[d.key_name]
    kind = ("k=ed25519; " if key.ed25519 else "k=rsa; ") if kind is None else kind
    return head + kind + "p=" + key.p_value() + tail

def key_plain_strings(r, d):
    text, parts = record_text(d), []
    while text:
        n = r.randrange(1, 200)
        parts.append(text[:n])
        text = text[n:]
    d.records = [parts]

def key_no_v(r, d):
    d.records = [[record_text(d, head="")]]

def key_v_last(r, d):
    d.records = [[record_text(d, head="", tail="; v=DKIM1")]]

def key_v_odd(r, d):
    d.records = [[record_text(d, head=r.choice(["v=DKIM2; ", "v=dkim1; ", "v=DKIM1.0; ", "v=; ", "v=1; ", "V=DKIM1; "]))]]

def key_v_spaces(r, d):
    d.records = [[record_text(d, head=r.choice(["v = DKIM1 ; ", "v= DKIM1; ", " v=DKIM1; ", "\tv=DKIM1;", "v=DKIM1;"]))]]

def key_k_absent(r, d):
    d.records = [[record_text(d, kind="")]]

def key_k_odd(r, d):
    d.records = [[record_text(d, kind=r.choice(["k=RSA; ", "k=dsa; ", "k=; ", "k= rsa ; ", "k=rsa-sha256; ", "K=rsa; ", "k=Ed25519; "]))]]

def key_k_other(r, d):
    d.records = [[record_text(d, kind="k=rsa; " if d.key_name == "ed25519" else "k=ed25519; ")]]

def key_h(r, d):
    d.records = [[record_text(d, tail="; h=" + r.choice(["sha256", "sha1:sha256", "sha256:sha1", "sha256:foo", "foo:sha256", " sha256 ", "sha1 : sha256"]))]]

def key_h_not_ours(r, d):
    d.records = [[record_text(d, tail="; h=" + r.choice(["sha1", "foo", "sha512"]))]]

def key_h_odd(r, d):
    d.records = [[record_text(d, tail="; h=" + r.choice(["", "SHA256", "sha256:", ":sha256", "*", "sha256 sha1", "sha256,sha1"]))]]

def key_s(r, d):
    d.records = [[record_text(d, tail="; s=" + r.choice(["*", "email", "email:foo", "foo:email", "foo:*", " email ", "foo : email"]))]]

def key_s_not_email(r, d):
    d.records = [[record_text(d, tail="; s=" + r.choice(["foo", "tlsrpt", "web:im"]))]]

def key_s_odd(r, d):
    d.records = [[record_text(d, tail="; s=" + r.choice(["", "EMAIL", "email:", ":", "email,foo"]))]]

def key_t(r, d):
    d.records = [[record_text(d, tail="; t=" + r.choice(["y", "", "y:foo", "foo"]))]]

def key_t_s(r, d):
    d.records = [[record_text(d, tail="; t=" + r.choice(["s", "y:s", " s : y ", "s:foo"]))]]
    extra(d, "i", r.choice(["ann@example.com", "ann@sub.example.com", "@EXAMPLE.com"]), r)

def key_g(r, d):
    d.records = [[record_text(d, tail="; g=" + r.choice(["*", "ann", "", "other", "a*"]))]]

def key_n(r, d):
    d.records = [[record_text(d, tail="; n=" + r.choice(["a note", "", "caf\xe9", "a=b", "=3B"]))]]

def key_unknown_tag(r, d):
    d.records = [[record_text(d, tail="; " + r.choice(["xx=1", "zz=", "foo_bar=a b", "a=b=c"]))]]

def key_bad_tag(r, d):
    d.records = [[record_text(d, tail="; " + r.choice(["foo", "9=1", "-=", "x-y=1", "=1"]))]]

def key_semicolons(r, d):
    d.records = [[record_text(d, tail=r.choice([";", "; ", ";;", "; ;", " ; "]))]]

def key_semicolons_inside(r, d):
    d.records = [[record_text(d, head=r.choice(["v=DKIM1;; ", ";v=DKIM1; ", "v=DKIM1; ; "]))]]

def key_p_first(r, d):
    kind = "ed25519" if d.key_name == "ed25519" else "rsa"
    d.records = [["p=" + keys[d.key_name].p_value() + "; k=" + kind]]

def key_p_spaces(r, d):
    text = keys[d.key_name].p_value()
    joined = r.choice([" ", "\t", "\r\n ", "  "]).join(text[i:i + 30] for i in range(0, len(text), 30))
    d.records = [[record_text(d).replace(text, joined)]]

def key_p_padding(r, d):
    text = keys[d.key_name].p_value()
    d.records = [[record_text(d).replace(text, r.choice([text.rstrip("="), text + "=", text + "====", text.rstrip("=") + "=="]))]]

def key_p_garbage_octet(r, d):
    text = keys[d.key_name].p_value()
    at = r.randrange(len(text))
    d.records = [[record_text(d).replace(text, text[:at] + r.choice(["!", "-", "_", "\\", "\"", "\xa0", ".", "*"]) + text[at:])]]

def key_p_changed(r, d):
    text = keys[d.key_name].p_value()
    at = r.randrange(len(text) // 2, len(text) - 20)
    other = "A" if text[at] != "A" else "B"
    d.records = [[record_text(d).replace(text, text[:at] + other + text[at + 1:])]]

def key_p_cut(r, d):
    text = keys[d.key_name].p_value()
    d.records = [[record_text(d).replace(text, text[:r.randrange(1, len(text) - 4)])]]

def key_p_trailing_octets(r, d):
    key = keys[d.key_name]
    d.records = [[record_text(d).replace(key.p_value(), base64.b64encode(key.p + b"\0\0\0").decode())]]

def key_p_form(r, d):
    key = keys[d.key_name]
    other = key.spki if key.ed25519 else key.bare
    d.records = [[record_text(d).replace(key.p_value(), base64.b64encode(other).decode())]]

def key_p_pem(r, d):
    d.records = [[record_text(d).replace("p=", "p=-----BEGIN PUBLIC KEY-----") + "-----END PUBLIC KEY-----"]]

def key_p_upper(r, d):
    d.records = [[record_text(d).replace("p=", "P=")]]

def key_p_twice(r, d):
    d.records = [[record_text(d, tail="; p=" + r.choice([keys[d.key_name].p_value(), ""]))]]

def key_tag_twice(r, d):
    d.records = [[record_text(d, tail="; " + r.choice(["n=a; n=b", "k=rsa", "t=y; t=y"]))]]

def key_revoked(r, d):
    d.records = [[r.choice(["v=DKIM1; p=", "v=DKIM1; k=rsa; p=;", "p=", "v=DKIM1; p= ;"])]]

def key_no_p(r, d):
    d.records = [[r.choice(["v=DKIM1", "v=DKIM1; k=rsa", "v=DKIM1;", "k=rsa"])]]

def key_garbage(r, d):
    d.records = [[r.choice(["", "hello", "v=spf1 -all", "\xff\xfe", ";", "=", "v=DMARC1; p=none", "v=DKIM1 k=rsa p=x"])]]

def key_backslashes(r, d):
    d.records = [[record_text(d).replace(";", "\\;")]]

def key_quotes(r, d):
    d.records = [["\"" + record_text(d) + "\""]]

def key_two_same(r, d):
    d.records = [[record_text(d)], [record_text(d, tail="; n=b")]]

def key_two_other_first(r, d):
    kind = "k=ed25519; " if d.key_name == "ed25519" else "k=rsa; "
    d.records = [["v=DKIM1; " + kind + "p=" + keys["rsa-2048-2"].p_value()], [record_text(d)]]

def key_two_with_text(r, d):
    d.records = [["google-site-verification=abc"], [record_text(d)]]

def key_nxdomain(r, d):
    d.records = []

def key_nodata(r, d):
    d.records, d.other_type = [], True

def key_servfail(r, d):
    d.key_fault = "servfail"

def key_timeout(r, d):
    d.key_fault = "timeout"

def key_cname(r, d):
    d.alias = r.choice(["key.example.net", "nowhere.example.net"])


# --- after signing (transit_) ---

def one(r, d, names=None):
    """Index of a header field that is signed (or of the names given)."""
    return r.choice([i for i, (n, _) in enumerate(d.headers)
                     if n.lower() != b"dkim-signature" and n.lower() in (names or d.names)] or [0])

def put(d, i, value, name=None):
    d.headers[i] = (name or d.headers[i][0], value)

def transit_received_on_top(r, d):
    d.headers.insert(0, (b"Received", b" from c.example by d.example; Mon, 16 Jun 2025 10:00:01 +0000"))

def transit_unsigned_fields_added(r, d):
    d.headers.insert(r.randrange(len(d.headers)), (b"X-Spam", b" no"))
    d.headers.append((b"List-Id", b" <list.example.org>"))

def transit_duplicate_on_top(r, d):
    d.headers.insert(0, d.headers[one(r, d)])

def transit_duplicate_at_bottom(r, d):
    d.headers.append(d.headers[one(r, d)])

def transit_second_subject_on_top(r, d):
    d.headers.insert(0, (b"Subject", b" another"))

def transit_second_subject_at_bottom(r, d):
    d.headers.append((b"Subject", b" another"))

def transit_field_removed(r, d):
    del d.headers[one(r, d)]

def transit_fields_shuffled(r, d):
    r.shuffle(d.headers)

def transit_same_name_swapped(r, d):
    where = [i for i, (n, _) in enumerate(d.headers) if n == b"X-Twice"]
    if len(where) == 2:
        a, b = where
        d.headers[a], d.headers[b] = d.headers[b], d.headers[a]

def transit_name_case(r, d):
    i = one(r, d)
    put(d, i, d.headers[i][1], r.choice([bytes.upper, bytes.lower, bytes.swapcase])(d.headers[i][0]))

def transit_refolded(r, d):
    i = one(r, d)
    put(d, i, d.headers[i][1].replace(b" ", r.choice([b"\r\n ", b" \r\n\t", b"\t"])))

def transit_unfolded(r, d):
    d.headers = [(n, v.replace(b"\r\n", b"") if n.lower() != b"dkim-signature" else v) for n, v in d.headers]

def transit_signature_unfolded(r, d):
    d.headers = [(n, v.replace(b"\r\n", b"") if n.lower() == b"dkim-signature" else v) for n, v in d.headers]

def transit_signature_refolded(r, d):
    d.headers = [(n, v.replace(b"; ", b";\r\n\t ") if n.lower() == b"dkim-signature" else v) for n, v in d.headers]

def transit_space_run(r, d):
    i = one(r, d)
    put(d, i, d.headers[i][1].replace(b" ", r.choice([b"  ", b" \t", b"\t"])))

def transit_trailing_space(r, d):
    i = one(r, d)
    put(d, i, d.headers[i][1] + r.choice([b" ", b"\t", b" \r\n "]))

def transit_space_after_colon(r, d):
    i = one(r, d)
    put(d, i, r.choice([b"", b"  ", b"\t", b"\r\n "]) + d.headers[i][1].lstrip(b" \t"))

def transit_space_before_colon(r, d):
    i = one(r, d)
    put(d, i, d.headers[i][1], d.headers[i][0] + b" ")

def transit_value_case(r, d):
    i = one(r, d)
    put(d, i, d.headers[i][1].swapcase())

def transit_subject_tag(r, d):
    i = one(r, d, [b"subject"])
    put(d, i, b" [list]" + d.headers[i][1])

def transit_body_blank_lines(r, d):
    d.body += b"\r\n" * r.randrange(1, 4)

def transit_body_blank_space_lines(r, d):
    d.body += r.choice([b" \r\n", b"\t\r\n\r\n"])

def transit_body_no_final_crlf(r, d):
    d.body = d.body[:-2] if d.body.endswith(b"\r\n") else d.body

def transit_body_space_run(r, d):
    d.body = d.body.replace(b" ", r.choice([b"  ", b"\t", b" \t "]), 2)

def transit_body_space_removed(r, d):
    d.body = d.body.replace(b" ", b"")

def transit_body_trailing_space(r, d):
    d.body = d.body.replace(b"\r\n", r.choice([b" \r\n", b"\t\r\n", b" \t\r\n"]), 2)

def transit_body_leading_space(r, d):
    d.body = b" " + d.body

def transit_body_footer(r, d):
    d.body += b"-- \r\nfooter\r\n"

def transit_body_cut(r, d):
    d.body = d.body[:r.randrange(len(d.body) + 1)]

def transit_body_bit(r, d):
    if d.body:
        i = r.randrange(len(d.body))
        d.body = d.body[:i] + bytes([d.body[i] ^ 0x20]) + d.body[i + 1:]

def transit_body_gone(r, d):
    d.body = b""

def transit_no_separator(r, d):
    d.separate = False

def transit_blank_line_moved(r, d):
    d.body = b"\r\n" + d.body

def transit_b_changed(r, d):
    d.headers = [(n, v[:-12] + (b"A" if v[-12:-11] != b"A" else b"B") + v[-11:] if n.lower() == b"dkim-signature" else v)
                 for n, v in d.headers]

def transit_b_cut(r, d):
    n = r.randrange(1, 9)
    d.headers = [(name, v[:-n] if name.lower() == b"dkim-signature" else v) for name, v in d.headers]

def transit_b_odd_octet(r, d):
    at = r.randrange(3, 20)
    d.headers = [(n, v[:-at] + r.choice([b"!", b"-", b"\xe9", b"=", b"."]) + v[-at:] if n.lower() == b"dkim-signature" else v)
                 for n, v in d.headers]

def transit_b_spaces(r, d):
    at = r.randrange(3, 20)
    d.headers = [(n, v[:-at] + r.choice([b" ", b"\r\n ", b"\t"]) + v[-at:] if n.lower() == b"dkim-signature" else v)
                 for n, v in d.headers]

def transit_signature_moved(r, d):
    i = next(i for i, (n, _) in enumerate(d.headers) if n.lower().strip() == b"dkim-signature")
    d.headers.insert(r.randrange(len(d.headers)), d.headers.pop(i))

def transit_second_signature(r, d):
    other = r.choice([b" v=1; a=rsa-sha256; d=example.org; s=x; h=from; bh=AAAA; b=AAAA", b" garbage", b""])
    d.headers.insert(r.choice([0, len(d.headers)]), (b"DKIM-Signature", other))

def transit_stray_line(r, d):
    i = r.randrange(1, len(d.headers))
    name, value = d.headers[i]
    d.headers[i] = (name, value + r.choice([b"\r\nthis is no field", b"\r\n>From ann@example.com", b"\r\n: no name"]))

def transit_mbox_line(r, d):
    d.mbox = True


def changes(prefix):
    module = sys.modules[__name__]
    return {name[len(prefix) + 1:]: getattr(module, name) for name in dir(module) if name.startswith(prefix + "_")}


SHAPES, NAMES, TAGS, KEYS, TRANSITS = (changes(p) for p in ("shape", "names", "tag", "key", "transit"))


def apply(r, d, table, chosen):
    for kind, name in chosen:
        if kind == table:
            GROUPS[kind][name](r, d)
            d.features.append(kind + ":" + name)


GROUPS = {"shape": SHAPES, "names": NAMES, "tag": TAGS, "key": KEYS, "transit": TRANSITS}
ALL = [(kind, name) for kind, table in GROUPS.items() for name in table]


def case(seed, number):
    """Every change comes up once before the first comes up again; every third case has a second one."""
    r = random.Random("%s/dkim/%d" % (seed, number))
    d = Draft(r)
    d.records, d.key_fault, d.alias, d.other_type, d.mbox = None, None, None, False, False
    chosen = [ALL[number % len(ALL)]] if number % 40 else []
    if number % 3 == 0 and number >= len(ALL):
        chosen.append(r.choice([c for c in ALL if c not in chosen and (not chosen or c[0] != chosen[0][0])]))
    apply(r, d, "shape", chosen)
    apply(r, d, "names", chosen)
    d.lay_out()
    apply(r, d, "tag", chosen)
    apply(r, d, "key", chosen)
    value = sign(keys[d.key_name], d.headers, d.body, d.tags, signed_names(d), d.field_name)
    d.headers.insert(0, (d.field_name, value))
    apply(r, d, "transit", chosen)
    octets = d.octets()
    if d.mbox:
        octets = b"From ann@example.com Mon Jun 16 10:00:00 2025\r\n" + octets
    world = key_world(d)
    return {"id": "dkim-%d" % number, "kind": "dkim", "features": d.features, "canon": d.canon, "key": d.key_name,
            "message": base64.b64encode(octets).decode(), "now": NOW, "records": world.records, "faults": world.faults,
            "zone": world.master_file()}


def signed_names(d):
    if d.names_text is not None and "," in d.names_text:
        return [d.names_text.encode("latin-1")]
    return d.names


def key_world(d):
    world = World()
    name = "%s._domainkey.%s" % (d.selector, d.domain)
    records = [[record_text(d)]] if d.records is None else d.records
    if d.alias:
        world.add(name, "CNAME", d.alias)
        name = "key.example.net"
    for strings in records:
        world.add(name, "TXT", [s[i:i + 255] for s in strings for i in range(0, max(len(s), 1), 255)])
    if d.other_type:
        world.add(name, "A", "192.0.2.1")
    if d.key_fault:
        world.records = []
        world.fault(name, "TXT", d.key_fault)
    return world
