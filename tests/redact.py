#!/usr/bin/env python3
"""Redacted reports and messages: nothing of the original is left in them, and what must stay is as it was.

    tests/redact.py PROGRAM REPORTS

REPORTS holds what tests/fixtures.sh wrote: NAME.xml of every fixture. What must not be left is collected here, from the
raw message with Python's email package and regular expressions, without a look at how the program does it:

  local parts      none stands before an "@" any more (as it is, %40, quoted), and none of four letters or more stands anywhere
  words            of five letters or more: of display names, Subject, other text of the header, bodies, file names
  tokens           path, query and fragment of links; left parts of Message-IDs; tenants; reasons of the profile

in every format and both languages, without regard to case, and also where they are escaped or encoded. A word may stand
where the program has it of its own (its catalogue, labels, schema and source), and where it is part of a domain name or
of DNS. Last line: "N passed, N failed".
"""
import base64
import binascii
import concurrent.futures
import email
import email.header
import email.policy
import email.utils
import html
import os
import pathlib
import quopri
import re
import shlex
import subprocess
import sys
import tempfile
import urllib.parse
import xml.etree.ElementTree as ET

ROOT = pathlib.Path(__file__).resolve().parent.parent
FIXTURES = ROOT / "fixtures"
NS = "{urn:mailassay:report:1}"
XS = "{http://www.w3.org/2001/XMLSchema}"
FORMATS = ["xml", "html", "json", "letter.txt", "txt", "md", "junit.xml", "sarif", "prom"]
LETTERS = r"[^\W\d_]"


# --- what must not be left ---

def decode(octets):
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def decoded_words(value):
    try:
        return str(email.header.make_header(email.header.decode_header(value)))
    except (UnicodeError, LookupError, ValueError, binascii.Error, email.errors.MessageError):
        return value


def texts_of(raw):
    """Everything a message says, decoded in each way that it may be: the header's fields, and all bodies."""
    message = email.message_from_bytes(raw, policy=email.policy.compat32)
    header, bodies, names = [], [], []
    for part in message.walk():
        for name, value in part.raw_items():
            value = decode(str(value).encode("utf-8", "surrogateescape"))
            header.append((name.lower(), decoded_words(value.replace("\r", "").replace("\n", ""))))
        try:
            name = part.get_filename()
        except (UnicodeError, ValueError, TypeError):
            name = None
        if name:
            names.append(decoded_words(name))
        if not part.is_multipart():
            try:
                payload = part.get_payload(decode=True) or b""
            except (ValueError, binascii.Error):
                payload = b""
            # A signature that stands in what is taken for a body.
            bodies.append((part.get_content_type(), re.sub(r"[A-Za-z0-9+/=]{40,}", " ", decode(payload))))
    return header, bodies, names


ATEXT = r"[\w.!#$&'*+/?^`{|}~%-]"
TRACE = {"received", "x-received", "received-spf", "authentication-results", "arc-authentication-results", "date",
         "resent-date", "dkim-signature", "arc-seal", "arc-message-signature", "content-type", "mime-version",
         "content-transfer-encoding", "content-disposition", "message-id", "references", "in-reply-to", "return-path",
         "delivered-to", "list-unsubscribe-post", "domainkey-signature", "content-id", "resent-message-id"}


def locals_in(text):
    found = set()
    for quoted, plain in re.findall(rf'(?:"([^"@\r\n]{{1,64}})"|({ATEXT}{{1,64}}))@[\w\[]', text):
        found.add((quoted or plain).replace("\\", ""))
    for plain in re.findall(rf"([\w.+-]{{1,64}})%40\w", text):
        found.add(plain)
    return found


class Secrets:
    def __init__(self, raw, profile):
        header, bodies, names = texts_of(raw)
        plain = decode(raw)
        everything = [plain] + [v for _, v in header] + [t for _, t in bodies]
        self.locals = set().union(*(locals_in(t) for t in everything))
        for name, value in header:
            if name in ("from", "to", "cc", "reply-to", "sender") and value.count(":") < 100:  # groups in groups: recursion
                self.locals |= {a.rsplit("@", 1)[0] for _, a in email.utils.getaddresses([value]) if a.count("@") == 1}
        self.locals = {l.strip('"').lower() for l in self.locals if re.search(r"\w", l)}  # ", "@type" in JSON is none
        words, tokens = set(), set()
        for name, value in header:
            if name not in TRACE:
                words |= set(re.findall(rf"{LETTERS}{{5,}}", value))
        for kind, text in bodies:
            if kind.startswith(("text/", "message/")):
                words |= set(re.findall(rf"{LETTERS}{{5,}}", re.sub(r"<[^>]*>", " ", text) if "html" in kind else text))
        for name in names:
            words |= set(re.findall(rf"{LETTERS}{{5,}}", name))
        for text in everything:
            for rest in re.findall(r"https?://[^/\s\"'<>]+([/?#][^\s\"'<>)]{3,})", text):
                tokens.add(rest)
        tokens |= {m for m in re.findall(r"(?im)^message-id:\s*<([^@>\s]{4,})@", plain)}
        if profile:
            tree = ET.parse(profile)
            for node in tree.iter():
                words |= set(re.findall(rf"{LETTERS}{{5,}}", node.get("tenant", "") + " " + node.get("reason", "")))
                if node.tag.endswith("operator"):
                    words |= set(re.findall(rf"{LETTERS}{{5,}}", node.get("name", "")))
        self.words = {w.lower() for w in words}
        self.tokens = {t.lower() for t in tokens}


# --- where a word may stand ---

def own_words():
    """What the program says of itself: not redact_words.c, which is under test, but for the names of standards."""
    words = set()
    for pattern in ("rules/*.xml", "rules/*.c", "reports/*.xsl", "reports/*.css", "reports/*.xml", "reports/*.xsd",
                    "reports/[!r]*.c", "analyzer/**/*.c", "cli/*.c"):
        for path in ROOT.glob(pattern):
            words |= set(re.findall(rf"{LETTERS}+", path.read_text().lower()))
    return words | {"schemastore", "transitional", "xmlns", "iso", "oasis"}


OWN = own_words()


def hosts_in(text):
    return " ".join(re.findall(r"[\w-]+(?:\.[\w-]+)+", text)).lower()


def spellings(text):
    """The text, and what can be read out of it behind each encoding."""
    without = re.sub(r"[A-Za-z0-9+/=]{60,}", " ", text)  # keys, signatures, digests: random letters hold any word
    yield "as it is", without
    yield "joined lines", re.sub(r"\s+", " ", without)
    yield "HTML", html.unescape(without)
    yield "%HH", urllib.parse.unquote(without)
    yield "=HH", decode(quopri.decodestring(without.encode())).replace("_", " ")
    yield "\\xHH", re.sub(r"\\x([0-9a-fA-F]{2})", lambda m: chr(int(m[1], 16)), without)
    yield "\\uHHHH", re.sub(r"\\u([0-9a-fA-F]{4})", lambda m: chr(int(m[1], 16)), without)
    for run in set(re.findall(r"[A-Za-z0-9+/]{16,}={0,2}", text)):
        try:
            yield "base64", base64.b64decode(run + "=" * (-len(run) % 4)).decode("utf-8")
        except (ValueError, binascii.Error):
            pass


def stands_in(local, text):
    """In a word that is not the program's, as "vera" is in "several"."""
    words = re.findall(rf"[\w.+-]*{re.escape(local)}[\w.+-]*", text)
    return any(not set(re.findall(rf"{LETTERS}+", word)) <= OWN for word in words)


def leaks(secrets, text, explained):
    """What is left of the secrets in a text."""
    found = []
    for spelling, plain in spellings(text):
        lower = plain.lower()
        present = set(re.findall(rf"{LETTERS}{{4,}}", lower))
        for local in secrets.locals:
            if local not in lower:
                continue
            at = rf"(?<![\w.+-]){re.escape(local)}\"?(?:@|%40)"
            if re.search(at, lower):
                found.append(f"local part {local}@ ({spelling})")
            elif len(local) >= 4 and local not in OWN and local not in explained and stands_in(local, lower):
                found.append(f"local part {local} ({spelling})")
        for word in secrets.words & present:
            if word not in OWN and word not in explained:
                found.append(f"word {word} ({spelling})")
        for token in secrets.tokens:
            if token in lower and token.strip("/") not in explained:
                found.append(f"token {token} ({spelling})")
    return found


# --- what must stay ---

def untouched(root):
    """The report without what redaction may change: names and numbers of all nodes, and every value that is no text."""
    kept = ("score", "standing", "open", "worst", "passed", "errors", "warnings", "notices", "spf", "dkim", "dmarc", "arc",
            "rule", "topic", "severity", "outcome", "certainty", "actor", "points", "waived", "number", "offset", "length",
            "line", "field", "result", "verdict", "sha256", "size", "body-size", "header-size", "computed-hash",
            "claimed-hash", "computed-digest", "selector", "time", "now", "judged-at", "lookups", "question", "status",
            "type", "depth", "decoded-length", "hypotheses", "bytes-hashed", "value-offset", "gain", "answer", "class",
            "organizational-domain", "author-domain", "from-domain", "mail-from-domain", "ip")
    for node in root.iter():
        if node.tag != NS + "logo":
            yield node.tag, tuple((a, node.get(a)) for a in kept if node.get(a) is not None)


def octets(text):
    """How many octets an escaped text stands for."""
    text = re.sub(r"\\u\{([0-9A-F]+)\}", lambda m: chr(int(m[1], 16)), text)
    text = re.sub(r"\\x[0-9A-F]{2}", "?", text)
    return len(re.sub(r"\\[\\rnt]", "?", text).encode())


def pairs(before, after):
    return zip((n for n in before.iter() if n.tag != NS + "logo"), after.iter())


def check_report(name, before, after):
    faults = []
    if after.get("redacted") != "true":
        faults.append("not marked")
    if list(untouched(before)) != list(untouched(after)):
        for a, b in zip(untouched(before), untouched(after)):
            if a != b:
                faults.append(f"changed: {a} {b}")
                break
        else:
            faults.append("nodes are missing")
    users = {}
    for old, new in pairs(before, after):
        objects = old.get("object"), new.get("object")
        if objects[0] != objects[1] and (re.search(r"\.[a-z]+$", objects[0]) and not objects[0].endswith(".local")):
            faults.append(f"object {objects}")
        if old.get("encoding") and octets(old.text or "") != octets(new.text or ""):
            faults.append(f"length of {old.tag[len(NS):]}: {old.text!r} {new.text!r}")
        if old.tag in (NS + "addr-spec", NS + "envelope-for", NS + "spf-sender") and "@" in (old.text or ""):
            was, host = old.text.rsplit("@", 1)
            now, new_host = new.text.rsplit("@", 1)
            was = was.strip('"').lower()
            if host != new_host and "." in host and not re.search(r"\.(local|lan)$|\\", host):
                faults.append(f"domain of {old.text}: {new.text}")
            if users.setdefault(was, now) != now and len(was) == len(now):
                faults.append(f"{was} is {users[was]} and {now}")
    long = {w: n for w, n in users.items() if len(w) > 6}
    if len(set(re.sub("x+$", "", n) for n in long.values())) != len(long):
        faults.append(f"two are one: {users}")
    return faults


def check_message(raw, redacted, report):
    faults = []
    if len(raw) != len(redacted):
        return [f"{len(redacted)} octets instead of {len(raw)}"]
    for i, (a, b) in enumerate(zip(raw, redacted)):
        if (a in b"\r\n") != (b in b"\r\n") or (a in b"\r\n" and a != b):
            faults.append(f"line end at {i}")
            break

    def shape(octets_):
        message = email.message_from_bytes(octets_, policy=email.policy.compat32)
        return [(p.get_content_maintype(), len(p.keys())) for p in message.walk()]
    try:
        if shape(raw) != shape(redacted):
            faults.append(f"parts: {shape(raw)[:8]} {shape(redacted)[:8]}")
    except (UnicodeError, LookupError):
        pass
    for node in report.iter(NS + "addr-spec"):
        if (node.text or "").isascii() and "@" in (node.text or "") and "\\" not in node.text:
            if node.text.encode() not in redacted.replace(b'"', b""):
                faults.append(f"{node.text} of the report is not in the message")
    return faults


# --- one fixture ---

def options_of(folder):
    options = ["--dns-zone", "dns.zone"]
    if (folder / "profile.xml").exists():
        options += ["--profile", "profile.xml"]
    for line in (folder / "case").read_text().splitlines():
        if line and not line.startswith("#"):
            options += shlex.split(line) if "''" in line else line.split(" ", 1)
    return options


def run(program, arguments, folder):
    return subprocess.run([program, *arguments], cwd=folder, capture_output=True, stdin=subprocess.DEVNULL, check=False)


def check_fixture(program, reports, folder, work):
    name = str(folder.relative_to(FIXTURES)).replace("/", ".")
    faults = []
    outputs = {f: work / f"{name}.{f}" for f in FORMATS}
    message = work / f"{name}.eml"
    arguments = ["analyze", "--redact-message", str(message), *options_of(folder), "--format", "authres"]
    for path in outputs.values():
        arguments += ["-o", str(path)]
    result = run(program, [*arguments, "message.eml"], folder)
    if not outputs["xml"].exists() or result.stderr:
        return name, [f"status {result.returncode}: {result.stderr.decode()[:300]}"]
    again = run(program, ["render", "--lang", "nl", "-o", str(work / f"{name}.nl.html"), "-o", str(work / f"{name}.nl.txt"),
                          "-o", str(work / f"{name}.nl.md"), "--format", "nagios", str(outputs["xml"])], work)
    stored = work / f"{name}.stored.xml"
    run(program, ["render", "--redact", "-o", str(stored), str(reports / f"{name}.xml")], work)

    raw = (folder / "message.eml").read_bytes()
    before, after = ET.parse(reports / f"{name}.xml").getroot(), ET.parse(outputs["xml"]).getroot()
    faults += check_report(name, before, after)
    faults += ["stored: " + f for f in check_report(name, before, ET.parse(stored).getroot())]
    valid = subprocess.run(["xmllint", "--noout", "--nonet", "--schema", str(ROOT / "reports/report.xsd"),
                            str(outputs["xml"]), str(stored)], capture_output=True, check=False)
    if valid.returncode:
        faults.append(valid.stderr.decode()[:300])
    repaired = after.find(f"{NS}input/{NS}copy").get("repaired") == "true"
    if not repaired:
        faults += check_message(raw, message.read_bytes(), after)

    profile = folder / "profile.xml"
    secrets = Secrets(raw, profile if profile.exists() else None)
    zone = (folder / "dns.zone").read_text().lower()
    zone += " ".join(re.findall(r' domain="([^"]+)"', profile.read_text())) if profile.exists() else ""
    explained = hosts_in(decode(raw)) + " " + re.sub(r"\S*[@=]\S*\._spf\S*", "", zone)
    texts = {f: p.read_text("utf-8") for f, p in outputs.items()}
    texts |= {p.name: p.read_text("utf-8") for p in work.glob(f"{name}.nl.*")}
    texts |= {"authres": result.stdout.decode(), "nagios": again.stdout.decode(), "stored": stored.read_text("utf-8"),
              "message": decode(message.read_bytes())}
    for format_, text in texts.items():
        found = leaks(secrets, text, explained)
        if format_ == "message":
            # decoded once more, as a reader sees it
            header, bodies, names = texts_of(message.read_bytes())
            found += leaks(secrets, "\n".join([v for _, v in header] + [t for _, t in bodies] + names), explained)
        faults += [f"{format_}: {leak}" for leak in sorted(set(found))[:6]]
    if name.startswith("redaction."):
        faults += check_marks(texts)
    return name, faults


def check_marks(texts):
    marks = {"xml": ' redacted="true"', "html": "Redacted: names", "json": '"redacted": true', "txt": "! Redacted: names",
             "md": "Redacted: names", "junit.xml": 'name="redacted" value="true"', "sarif": '"redacted": true',
             "prom": "mailassay_redacted{", "authres": "(redacted)"}
    missing = [f for f, mark in marks.items() if mark not in texts[f]]
    missing += [n for n, t in texts.items() if ".nl." in n and "Gelakt: namen" not in t]
    return [f"no mark in {missing}"] if missing else []


# --- the table ---

def check_policy():
    """Every node of the schema that holds text, and every argument of the catalogue, has a line in redact_policy.c."""
    source = (ROOT / "reports/redact_policy.c").read_text()
    tables = {name: set(re.findall(r'\{"([^"]+)",', body))
              for name, body in re.findall(r"static const Policy (\w+)\[\] = \{(.*?)\n\};", source, re.S)}
    schema = ET.parse(ROOT / "reports/report.xsd").getroot()
    types = {t.get("name"): t for t in schema.iter(XS + "complexType")}
    faults, seen, used = [], set(), set()

    def walk(parent, type_name):
        if (parent, type_name) in seen or type_name not in types:
            return
        seen.add((parent, type_name))
        base = types[type_name].find(f".//{XS}extension")
        if base is not None and base.get("base") in types:
            walk(parent, base.get("base"))
        for element in types[type_name].iter(XS + "element"):
            if element.get("type") in ("xs:string", "Octets", "LocalText"):
                key = f"{parent}/{element.get('name')}"
                used.add(key)
                if key not in tables["element_policies"] and element.get("name") not in tables["element_policies"]:
                    faults.append(f"no treatment for {key}")
            else:
                walk(element.get("name"), element.get("type"))
    walk("report", "Report")
    attributes = {a.get("name") for a in schema.iter(XS + "attribute") if a.get("type") == "xs:string"}
    known = {a.split("/")[-1] for a in tables["attribute_policies"]}
    faults += [f"no treatment for @{a}" for a in sorted(attributes - known)]
    faults += [f"{t} is not in the schema" for t in sorted(tables["element_policies"] - used)]
    arguments = set()
    for path in ROOT.glob("rules/*.xml"):
        arguments |= set(re.findall(r'<arg name="([^"]+)"', path.read_text()))
    covered = {a.split("/")[-1] for a in tables["argument_policies"]}
    faults += [f"no treatment for argument {a}" for a in sorted(arguments - covered)]
    return "redact_policy.c", faults


def main():
    program, reports = os.path.realpath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
    folders = sorted(p.parent for p in FIXTURES.rglob("message.eml"))
    if len(sys.argv) > 3:
        folders = [FIXTURES / f for f in sys.argv[3:]]
    passed = failed = 0
    with tempfile.TemporaryDirectory() as work, concurrent.futures.ProcessPoolExecutor(os.cpu_count()) as pool:
        jobs = [pool.submit(check_fixture, program, reports, f, pathlib.Path(work)) for f in folders]
        results = [check_policy()] + [job.result() for job in jobs]
    for name, faults in results:
        passed, failed = passed + (not faults), failed + bool(faults)
        for fault in faults[:12]:
            print(f"{name}: {fault}")
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
