"""SPF records drawn from the grammar of RFC 7208 §12, in small random DNS worlds, and what can be wrong with them."""
import random
import re
import sys

from world import World

NOW = 1750000000
DOMAINS = ["example.com", "a.example.com", "b.example.com", "c.example.net", "d.example.net"]
HOSTS = ["mail.example.com", "mx1.example.com", "mx2.example.net", "v6.example.com", "none.example.com", "alias.example.com"]
IPS = ["192.0.2.1", "192.0.2.77", "198.51.100.9", "203.0.113.200", "2001:db8::1", "2001:db8:1:2::42", "::ffff:192.0.2.1"]
NETWORKS4 = ["192.0.2.0/24", "192.0.2.1", "192.0.2.64/26", "198.51.100.0/25", "203.0.113.0/24", "0.0.0.0/0", "192.0.2.1/32", "198.51.100.9/31"]
NETWORKS6 = ["2001:db8::/32", "2001:db8::1", "2001:db8:1::/48", "::/0", "2001:db8:1:2::42/127", "::ffff:192.0.2.1", "2001:DB8::1/128", "2001:db8:0:0:0:0:192.0.2.1", "::192.0.2.1/96"]
LETTERS = "slodiphv"


class Draft:
    def __init__(self, r):
        self.features = []
        self.r = r
        self.world = World()
        self.records = {}     # domain: terms of its policy
        self.ip = r.choice(IPS)
        self.helo = r.choice(["mail.example.com", "example.com", "helo.example.org"])
        self.mail_from = r.choice(["ann@example.com"] * 8 + ["", "ann.b+c@example.com", "example.com", "a-b.c-d@Example.COM", "@example.com"])
        self.raw = {}         # domain: the octets, instead of a policy's terms joined
        self.wanted = []

    def top(self):
        return self.helo if self.mail_from == "" else "example.com"


def some_name(r, d, macros=True):
    if macros and r.random() < 0.2:
        return some_macro_name(r)
    return r.choice(DOMAINS[1:] + HOSTS)


def some_macro(r):
    letter = r.choice(LETTERS)
    if r.random() < 0.2:
        letter = letter.upper()
    digits = r.choice(["", "", "", "1", "2", "3", "9"])
    reverse = r.choice(["", "", "r", "R"])
    delimiters = r.choice(["", "", "", "-", ".", "+", ".-", "/", "_", ",", "="])
    return "%{" + letter + digits + reverse + delimiters + "}"


def some_macro_name(r):
    parts = [r.choice([some_macro(r), some_macro(r), "_spf", "x", "%%", "%_", "%-", "a-b"]) for _ in range(r.randrange(1, 4))]
    return r.choice(["", "."]).join(parts) + r.choice([".example.com", ".b.example.com", "._spf.%{d}", ".%{d2}", ".%{o}"])


def some_cidr(r):
    return r.choice(["", "", "", "", "/24", "/32", "/0", "/26", "//64", "//128", "/24//48", "//0", "/31//127"])


def some_term(r, d, include=True):
    sign = r.choice(["", "", "", "", "+", "-", "~", "?"])
    kind = r.choice(["ip4", "ip6", "a", "mx", "ptr", "exists", "include", "a", "mx", "ip4"])
    if kind == "include" and not include:
        kind = "a"
    if r.random() < 0.08:
        word = r.choice([kind.upper(), kind.title()])
    else:
        word = kind
    if kind == "ip4":
        return sign + word + ":" + r.choice(NETWORKS4)
    if kind == "ip6":
        return sign + word + ":" + r.choice(NETWORKS6)
    if kind in ("include", "exists"):
        return sign + word + ":" + (r.choice(DOMAINS[1:]) if kind == "include" and r.random() < 0.9 else some_name(r, d))
    if kind == "ptr":
        return sign + word + r.choice(["", ":example.com", ":" + some_name(r, d)])
    return sign + word + (":" + some_name(r, d) if r.random() < 0.6 else "") + some_cidr(r)


def some_terms(r, d, depth):
    terms = [some_term(r, d, depth < 3) for _ in range(r.choice([0, 1, 1, 2, 2, 3, 4]))]
    end = r.random()
    if end < 0.6:
        terms.append(r.choice(["-all", "~all", "?all", "+all", "all", "-ALL"]))
    elif end < 0.8:
        terms.append("redirect=" + r.choice(DOMAINS[1:]))
    if r.random() < 0.1:
        terms.insert(r.randrange(len(terms) + 1), r.choice(["exp=exp.example.com", "x-mod=value", "foo=%{d}", "EXP=exp.example.com"]))
    return terms


def fill(r, d):
    for depth, name in enumerate(DOMAINS):
        if name != "example.com" and r.random() < 0.12:
            continue
        d.records[name] = some_terms(r, d, depth)
    if r.random() < 0.5:
        d.records["mail.example.com"] = r.choice([["a", "-all"], ["-all"], ["ip4:192.0.2.0/24", "~all"]])
    w = d.world
    pool4, pool6 = ["192.0.2.1", "192.0.2.2", "198.51.100.9", "203.0.113.1"], ["2001:db8::1", "2001:db8::2", "2001:db8:1:2::42"]
    for name in DOMAINS + HOSTS[:4]:
        if r.random() < 0.7:
            for ip in r.sample(pool4, r.randrange(1, 3)):
                w.add(name, "A", ip)
        if r.random() < 0.5:
            w.add(name, "AAAA", r.choice(pool6))
        if r.random() < 0.5:
            for i, host in enumerate(r.sample(HOSTS, r.randrange(1, 3))):
                w.add(name, "MX", "%d %s" % (10 * (i + 1), host))
    w.add("alias.example.com", "CNAME", r.choice(["mail.example.com", "nowhere.example.net"]))
    w.add("exp.example.com", "TXT", [r.choice(["see http://example.com/?s=%{s}&i=%{i}", "not %{d2}, %{c} %{r} %{t}", "plain", "50%% of %{S}"])])
    if r.random() < 0.5:
        w.add(reverse_name(d.ip), "PTR", r.choice(["mail.example.com", "example.com", "ghost.example.com", "mx2.example.net", "mail.Example.COM"]))


def reverse_name(ip):
    import ipaddress
    address = ipaddress.ip_address(ip)
    return (getattr(address, "ipv4_mapped", None) or address).reverse_pointer


def terms(d):
    return d.records["example.com"]


def insert(r, d, term):
    t = terms(d)
    t.insert(r.randrange(len(t) + 1), term)


# --- syntax_: the record of example.com ---

def syntax_unknown_mechanism(r, d):
    insert(r, d, r.choice(["foo", "foo:bar", "ip", "ipv4:192.0.2.1", "ip5:1.2.3.4", "include", "-foo/24", "mx4", "al", "alll", "a1", "1a", "-", "all."]))

def syntax_unknown_modifier(r, d):
    insert(r, d, r.choice(["foo=bar", "x.y=z", "a-b_c=1", "foo=", "FOO=%{d}", "foo=%{i}%%", "x=a:b/c", "f1=%{l1r+}"]))

def syntax_bad_modifier(r, d):
    insert(r, d, r.choice(["1foo=bar", "foo=%", "foo=%{", "foo=%{x}", "-foo=bar", "=bar", "foo=%{d", "foo=%a", "_x=1", "foo=%{d0}", "all=x", "a=b=c", "foo=%{t}", "foo=%{c}"]))

def syntax_two_modifiers(r, d):
    word = r.choice(["redirect", "exp", "foo"])
    for _ in range(2):
        insert(r, d, word + "=" + r.choice(["a.example.com", "b.example.com", "exp.example.com"]))

def syntax_redirect_odd(r, d):
    d.records["example.com"] = [t for t in terms(d) if "all" not in t.lower() and not t.startswith("redirect")]
    insert(r, d, "redirect" + r.choice(["=", "", ":a.example.com", "=%{d}", "=a.example.com/24", "=a..example.com", "=nowhere.example.net", "=%{x}", "=a.example.com.", "=127.0.0.1", "=EXAMPLE.com", "=%{h}", "=%{l}"]))

def syntax_exp_odd(r, d):
    insert(r, d, "exp=" + r.choice(["", "nowhere.example.net", "%{x}", "exp2.example.com", "a..b", "exp.example.com.", "%{d}", "exp", "two.example.com", "bad.example.com", "eight.example.com", "%{i}.example.com"]))
    terms(d).append("-all")
    d.world.add("two.example.com", "TXT", ["one"])
    d.world.add("two.example.com", "TXT", ["two"])
    d.world.add("bad.example.com", "TXT", [r.choice(["100%", "%{x}", "%{", "a %{d0}"])])
    d.world.add("eight.example.com", "TXT", ["caf\xe9"])
    d.world.add("exp2.example.com", "TXT", ["two ", "strings %{h}"])

def syntax_ip4_odd(r, d):
    insert(r, d, "ip4:" + r.choice(["", "192.0.2", "192.0.2.1.1", "192.0.2.256", "192.0.2.01", "192.0.2.1/33", "192.0.2.1/", "192.0.2.1/024", "192.0.2.0/-1", "192.0.2.1//32", "192.0.2.1/00", "example.com", "%{i}", "192.0.2.1:25", "192.0.2.1/24//64", " 192.0.2.1", "192.0.2.1,192.0.2.2", "0300.0.2.1", "192.0.2.0/0", "0.0.0.0", "2001:db8::1", "192.0.2.1/1a"]))

def syntax_ip6_odd(r, d):
    insert(r, d, "ip6:" + r.choice(["", "2001:db8", "2001:db8::1::2", "2001:db8::g", "2001:db8::/129", "2001:db8::/", "2001:db8::/032", "[2001:db8::1]", "192.0.2.1", "::", "::1/0", ":", ":::", "1:2:3:4:5:6:7:8:9", "12345::", "2001:db8::1%eth0", "2001:db8::1//64", "::ffff:192.0.2.1/128", "::ffff:192.0.2.256", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8", "2001:0db8:0000::0001"]))

def syntax_ip_without_value(r, d):
    insert(r, d, r.choice(["ip4", "ip6", "ip4/24", "ip6/64", "ip4=192.0.2.1", "ip4 :192.0.2.1"]))

def syntax_cidr_odd(r, d):
    insert(r, d, r.choice(["a", "mx", "a:mail.example.com", "mx:a.example.com"]) + r.choice(["/", "//", "/33", "//129", "/24/64", "///64", "/024", "//064", "/24//", "/-1", "/a", "//64/24", "/24//48/1", "/00", "//00", "/1234567890123", "/24 //64"]))

def syntax_argument_empty(r, d):
    insert(r, d, r.choice(["a:", "mx:", "ptr:", "exists:", "include:", "exists", "a:/24", "ptr/24", "exists:a.example.com/24", "include:a.example.com/24", "ptr:example.com/24", "include=a.example.com", "mx:/24"]))

def syntax_all_odd(r, d):
    insert(r, d, r.choice(["all:", "all/24", "-all:x", "--all", "+-all", "all=", "all.", "- all", "ALL", "?All", "\u2212all"]))

def syntax_domain_odd(r, d):
    insert(r, d, r.choice(["a:", "exists:", "mx:", "include:"]) + r.choice(["com", "example.com.", "a..example.com", ".example.com", "-a.example.com", "a-.example.com", "example.1", "example.1a", "example.-a", "example.a-", "mail_x.example.com", "a@example.com", "x" * 64 + ".example.com", "y." * 130 + "example.com", "192.0.2.1", "a.example.com:25", "exa!mple.com", "example", "example.c_m", "xn--bcher-kva.example", "(a).example.com", "a/b.example.com", "a,b.example.com"]))

def syntax_macro_odd(r, d):
    insert(r, d, r.choice(["exists:", "a:", "include:"]) + r.choice(["%", "%%", "%{", "%{}", "%{d", "%{x}", "%{d0}", "%{d00}", "%{d1x}", "%{dr1}", "%{d1r-", "%d", "%{D}", "%{c}", "%{r}", "%{t}", "%{d:}", "%{d}%", "%{i}.", "%{ir}.%{v}", "%{d128}", "%{d999999999999}", "%{s1r.-+,/_=}", "%{d }", "%_", "%-", "%{p}", "%{l}", "%(d)", "%{dd}", "%{rr}", "%{01d}"]) + r.choice(["", ".example.com", ".a.example.com"]))

def syntax_white_space(r, d):
    d.raw["example.com"] = r.choice(["v=spf1  " + "  ".join(terms(d)), "v=spf1 " + " ".join(terms(d)) + " ", "v=spf1 " + " ".join(terms(d)) + "   ", "v=spf1\t" + " ".join(terms(d)), "v=spf1 " + "\t".join(terms(d) + ["-all"]), " v=spf1 " + " ".join(terms(d)), "v=spf1 " + "\r\n".join(terms(d) + ["-all"]), "v=spf1 " + " ".join(terms(d)) + "\t", "v=spf1 " + " ".join(terms(d)) + "\n"])

def syntax_version_odd(r, d):
    d.raw["example.com"] = r.choice(["v=spf1", "V=SPF1 ", "v=SPF1 ", "v=spf10 ", "v=spf2 ", "v=spf1.0 ", "v=spf1, ", "v=spf1; ", "v =spf1 ", "\"v=spf1 ", "spf1 ", "v=spf1-all", "v=spf1/", "vspf1 ", "v=spf1 v=spf1 ", "spf2.0/mfrom ", "v=spf1\x00 "]) + " ".join(terms(d))

def syntax_odd_octet(r, d):
    insert(r, d, r.choice(["a:caf\xe9.example.com", "x=\xe9", "a:b\x00.example.com", "exists:a\x7f.example.com", "x=a\x01", "\xa0", "a:\xe9", "x=\x7f", "exists:\xc3\xa9.%{d}", "exists:\x01.example.com"]))

def syntax_strings(r, d):
    d.split = r.choice(["early", "late", "each"])

def syntax_case(r, d):
    d.records["example.com"] = [r.choice([str.upper, str.swapcase])(t) for t in terms(d)]

def syntax_two_records(r, d):
    d.more = r.choice(["v=spf1 -all", "v=spf1", "V=SPF1 +all", "v=spf10 -all", "spf2.0/pra -all", "v=spf1-all", "hello"])

def syntax_no_record(r, d):
    del d.records["example.com"]

def syntax_terms_after_all(r, d):
    terms(d).insert(0, r.choice(["-all", "~all"]))
    if r.random() < 0.5:
        terms(d).append(r.choice(["foo", "ip4:1", "redirect=a.example.com", "include:nowhere.example.net"]))

def syntax_long(r, d):
    d.records["example.com"] = ["ip4:198.51.100.%d" % i for i in range(200)] + terms(d)


# --- limit_: §4.6.4 ---

def limit_includes(r, d):
    n = r.choice([8, 9, 10, 11, 12])
    for i in range(n):
        d.records["i%d.example.com" % i] = ["ip4:198.51.100.%d" % i, "?all"]
    d.records["example.com"] = ["include:i%d.example.com" % i for i in range(n)] + ["-all"]

def limit_chain(r, d):
    n = r.choice([8, 9, 10, 11, 12])
    word = r.choice(["include:", "redirect="])
    for i in range(n):
        d.records["i%d.example.com" % i] = [word + "i%d.example.com" % (i + 1)]
    d.records["i%d.example.com" % n] = ["ip4:0.0.0.0/0", "ip6:::/0"]
    d.records["example.com"] = [word + "i0.example.com"]

def limit_loop(r, d):
    d.records["a.example.com"] = [r.choice(["include:example.com", "redirect=example.com", "include:a.example.com"])]
    d.records["example.com"] = [r.choice(["include:a.example.com", "redirect=a.example.com", "redirect=example.com", "include:example.com"])]

def limit_terms(r, d):
    n = r.choice([9, 10, 11])
    d.records["example.com"] = [r.choice(["a:", "mx:", "exists:"]) + r.choice(["mx1.example.com", "a.example.com"]) for _ in range(n)] + ["-all"]

def limit_void(r, d):
    n = r.choice([1, 2, 3, 4])
    kind = r.choice(["a:", "mx:", "exists:", None])
    d.records["example.com"] = [(kind or r.choice(["a:", "mx:", "exists:"])) + "void%d.example.com" % i for i in range(n)] + ["-all"]

def limit_void_same_name(r, d):
    d.records["example.com"] = [r.choice(["a:", "exists:"]) + "void.example.com"] * r.choice([2, 3, 4]) + ["-all"]

def limit_void_include(r, d):
    d.records["a.example.com"] = ["a:void1.example.com", "a:void2.example.com"]
    d.records["example.com"] = ["include:a.example.com", r.choice(["a:void3.example.com", "mx:void3.example.com", "a:mx1.example.com"]), "-all"]

def limit_void_nodata(r, d):
    for i in range(4):
        d.world.add("nodata%d.example.com" % i, "TXT", ["here"])
    d.records["example.com"] = [r.choice(["a:", "mx:", "exists:"]) + "nodata%d.example.com" % i for i in range(r.choice([2, 3, 4]))] + ["-all"]

def limit_mx(r, d):
    n = r.choice([9, 10, 11, 15])
    for i in range(n):
        d.world.add("many.example.com", "MX", "%d m%02d.example.com" % (i, i))
        d.world.add("m%02d.example.com" % i, "A", "198.51.100.%d" % i)
    d.world.add("m%02d.example.com" % r.randrange(n), "A", "192.0.2.1")
    d.records["example.com"] = ["mx:many.example.com", "-all"]

def limit_mx_void(r, d):
    n = r.choice([1, 2, 3, 5])
    for i in range(n):
        d.world.add("many.example.com", "MX", "%d nowhere%d.example.com" % (i, i))
    d.records["example.com"] = ["mx:many.example.com"] + r.choice([[], ["a:void1.example.com"], ["a:void1.example.com", "a:void2.example.com"]]) + ["-all"]

def limit_mx_null(r, d):
    d.world.add("nullmx.example.com", "MX", "0 .")
    d.records["example.com"] = ["mx:nullmx.example.com", r.choice(["-all", "?all"])]

def limit_ptr(r, d):
    n = r.choice([9, 10, 11, 13])
    name = reverse_name(d.ip)
    d.world.records = [x for x in d.world.records if x[0] != name]
    kind = "AAAA" if name.endswith("ip6.arpa") else "A"
    import ipaddress
    address = ipaddress.ip_address(d.ip)
    for i in range(n):
        d.world.add(name, "PTR", "p%02d.example.com" % i)
        d.world.add("p%02d.example.com" % i, kind, str(getattr(address, "ipv4_mapped", None) or address) if r.random() < 0.5 else ("192.0.2.99" if kind == "A" else "2001:db8::99"))
    d.records["example.com"] = [r.choice(["ptr", "ptr:p%02d.example.com" % r.randrange(n)]), "-all"]

def limit_ptr_odd(r, d):
    name = reverse_name(d.ip)
    d.world.records = [x for x in d.world.records if x[0] != name]
    if r.random() < 0.5:
        d.world.add(name, "PTR", r.choice(["nowhere.example.com", "loop.example.com", "badexample.com", "mail.example.com"]))
    d.world.add("loop.example.com", "CNAME", "mail.example.com")
    insert(r, d, r.choice(["ptr", "ptr:example.com", "ptr:mail.example.com", "exists:%{p}.a.example.com", "ptr:%{p}", "exists:%{p2}.a.example.com"]))


# --- dns_: trouble ---

def dns_fault_top(r, d):
    d.world.fault(r.choice([d.top(), "example.com"]), "TXT", r.choice(["servfail", "timeout"]))

def dns_fault_include(r, d):
    d.records["example.com"].insert(0, r.choice(["include:a.example.com", "redirect=a.example.com"]))
    d.world.fault("a.example.com", "TXT", r.choice(["servfail", "timeout"]))

def dns_fault_address(r, d):
    name = r.choice(["mail.example.com", "mx1.example.com", "example.com", "a.example.com"])
    insert(r, d, r.choice(["a:", "mx:", "exists:"]) + name)
    d.world.fault(name, r.choice(["A", "AAAA", "MX"]), r.choice(["servfail", "timeout"]))

def dns_fault_ptr(r, d):
    insert(r, d, r.choice(["ptr", "ptr:example.com", "exists:%{p}.example.com"]))
    d.world.fault(reverse_name(d.ip), "PTR", r.choice(["servfail", "timeout"]))

def dns_fault_exp(r, d):
    d.records["example.com"] = ["exp=exp.example.com", "-all"]
    d.world.fault("exp.example.com", "TXT", r.choice(["servfail", "timeout"]))

def dns_cname_policy(r, d):
    d.alias_policy = True

def dns_cname_loop(r, d):
    d.world.add("loop1.example.com", "CNAME", "loop2.example.com")
    d.world.add("loop2.example.com", "CNAME", "loop1.example.com")
    insert(r, d, r.choice(["a:loop1.example.com", "mx:loop1.example.com", "include:loop1.example.com", "exists:loop2.example.com"]))

def dns_other_text(r, d):
    d.other_text = True


# --- sender_ ---

def sender_odd_domain(r, d):
    d.mail_from = r.choice(["ann@", "ann@localhost", "ann@.example.com", "ann@a..example.com", "ann@" + "x" * 64 + ".example.com", "ann@example.com.", "ann@[192.0.2.1]", "a@b@example.com", "ann@ex ample.com", "ann@" + "y." * 130 + "example.com", "ann@caf\xe9.example.com", "ann@example.com "])

def sender_odd_local(r, d):
    d.mail_from = r.choice(["a.b-c_d@", "\"a b\"@", "a%d@", "A+B@", "x" * 70 + "@", "a/b=c@", "caf\xe9@", "a..b@", "\"a@b\"@"]) + "example.com"
    d.records["example.com"].insert(0, r.choice(["exists:%{l}.a.example.com", "exists:%{l1r-}.%{d}", "exists:%{S}.x.example.com", "exists:%{L}._spf.%{d}", "exp=exp.example.com"]))
    d.world.add("*.a.example.com", "A", "127.0.0.2") if False else None

def sender_helo_odd(r, d):
    d.mail_from = ""
    d.helo = r.choice(["localhost", "[192.0.2.1]", "192.0.2.1", "", "example.com.", "EXAMPLE.com", "a..b", "mail.example.com", "com", "-"])

def sender_null(r, d):
    d.mail_from, d.helo = "", "example.com"


def changes(prefix):
    module = sys.modules[__name__]
    return [(prefix, name[len(prefix) + 1:], getattr(module, name)) for name in dir(module) if name.startswith(prefix + "_")]


ALL = [c for p in ("syntax", "limit", "dns", "sender") for c in changes(p)]


def exists_targets(r, d):
    """Makes some of the names that macros may expand to exist."""
    for name in ["1.2.0.192.in-addr._spf.example.com", "ann.example.com", "ann._spf.example.com", "192.0.2.1.example.com",
                 "example.com.example.com", "ann.a.example.com", "x.b.example.com", "mail.example.com.a.example.com"]:
        if r.random() < 0.5:
            d.world.add(name, "A", "127.0.0.2")


def case(seed, number):
    """Two cases of five are as drawn; the others have one change, and one in ten a second."""
    r = random.Random("%s/spf/%d" % (seed, number))
    d = Draft(r)
    d.split, d.more, d.alias_policy, d.other_text = None, None, False, False
    fill(r, d)
    exists_targets(r, d)
    chosen = [] if number % 5 < 2 else [ALL[number // 5 % len(ALL) if number % 5 == 2 else r.randrange(len(ALL))]]
    if number % 10 == 4:
        chosen.append(r.choice([c for c in ALL if c not in chosen and c[0] != chosen[0][0]]))
    for prefix, name, change in sorted(chosen, key=lambda c: ["limit", "syntax", "dns", "sender"].index(c[0])):
        if prefix != "limit" and "example.com" not in d.records:
            continue
        change(r, d)
        d.features.append(prefix + ":" + name)
    publish(r, d)
    return {"id": "spf-%d" % number, "kind": "spf", "features": d.features, "facts": facts(d), "now": NOW, "ip": d.ip, "helo": d.helo,
            "mail_from": d.mail_from, "records": d.world.records, "faults": d.world.faults, "zone": d.world.master_file()}


def facts(d):
    """What classes of disagreement ask about the world as a whole."""
    text = "\n".join("".join(rdata) for _, kind, rdata in d.world.records if kind == "TXT")
    targets = " ".join(rdata for _, kind, rdata in d.world.records if kind in ("MX", "PTR")) + text
    found = []
    if "." in d.ip and re.search(r"ip6:(::/0|::ffff:|::1/0|::192)", text, re.I):
        found.append("ip6-network-of-mapped-addresses")
    if re.search(r"(REDIRECT|EXP)=", text):
        found.append("upper-case-modifier")
    if re.search(r"%\{[a-zA-Z]\d*R", text):
        found.append("upper-case-transformer")
    if d.alias_policy or re.search(r"(alias|loop\d)\.example\.com", targets, re.I):
        found.append("alias-asked")
    if "spf2.0/" in text:
        found.append("sender-id")
    return found


def publish(r, d):
    for domain, policy in d.records.items():
        text = d.raw.get(domain) or " ".join(["v=spf1"] + policy)
        text = text.replace("\u2212", "\xe2\x88\x92")
        size = 255
        if domain == "example.com" and d.split:
            size = {"early": 4, "late": max(len(text) - 3, 1), "each": 1}[d.split]
        size = min(size, 255)
        name = domain
        if d.alias_policy and domain == "example.com":
            name = "policy.example.net"
            d.world.records = [x for x in d.world.records if x[0] != domain]
            d.world.add(domain, "CNAME", name)
        d.world.add(name, "TXT", [text[i:i + size] for i in range(0, len(text), size)])
        if domain == "example.com" and d.more:
            d.world.add(name, "TXT", [d.more])
        if domain == "example.com" and d.other_text:
            d.world.add(name, "TXT", ["some=other text"])
