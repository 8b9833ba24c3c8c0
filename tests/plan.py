#!/usr/bin/env python3
"""Holds the alignment plans to their promise: a message sent in the way of a route gets the results that were promised.

    tests/plan.py PROGRAM REPORTS FIXTURE-SIGN

For each fixture whose report (REPORTS/TOPIC.FOLDER.xml, as tests/fixtures.sh leaves them) has a plan, each route that was
rehearsed is made for real: its records are written into a copy of dns.zone, its envelope is given as options, another From
is written into the message, and where the rehearsal signed, the message is signed by fixture-sign with a test key, whose
record then stands where the plan wants one. SPF, DKIM, DMARC and alignment have to be as promised; the score and the
number of errors too, where nothing had to be signed. Ends with "N passed, N failed".

Nor may a plan hold anything of another tenant: of the domains and tenants in the profile only those that the message, or
the operator, brings in.
"""
import concurrent.futures
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET

from remedies import R, ROOT, made, options_of, owner_and_type, txt_line

KEY = "rsa-2048-2"
HEADERS = "from:from:to:cc:reply-to:subject:date:message-id:mime-version:content-type:content-transfer-encoding"
OF_OLD_FROM = {"dkim-signature", "sender", "arc-seal", "arc-message-signature", "arc-authentication-results"}


def plain(text):
    """The inverse of the report's escapes, for what occurs in these fixtures."""
    return text.replace("\\\\", "\\")


def fields_of(message):
    """Header fields with their line ends, and the rest."""
    header, separator, body = message.partition(b"\n\r\n" if b"\r\n" in message else b"\n\n")
    return re.findall(rb"[^\n]*\n(?:[ \t][^\n]*\n)*", header + b"\n"), separator[1:] + body


def name_of(field):
    return field.partition(b":")[0].strip().lower().decode("latin-1")


def tag(field, name):
    found = re.search(rb"[;:\s]" + name + rb"=([^;\s]+)", field)
    return found[1].decode().lower() if found else ""


def recast(message, rehearsal):
    """With another From, and without the signature that a new one takes the place of."""
    fields, rest = fields_of(message)
    eol = b"\r\n" if fields[0].endswith(b"\r\n") else b"\n"
    has_reply_to = any(name_of(field) == "reply-to" for field in fields)
    signed_as, sender = rehearsal.get("signed-as"), rehearsal.get("from")
    out = []
    for field in fields:
        name = name_of(field)
        key = f"{tag(field, b's')}._domainkey.{tag(field, b'd')}" if name == "dkim-signature" else None
        if (signed_as and key == signed_as) or (sender and name in OF_OLD_FROM):
            continue
        if sender and name == "from":
            out.append(b"From: " + plain(sender).encode() + eol)
            if not has_reply_to:
                out.append(b"Reply-To: " + plain(rehearsal.get("reply-to")).encode() + eol)
            continue
        out.append(field)
    return b"".join(out) + rest


def signed(signer, message, rehearsal, scratch):
    if not rehearsal.get("signed-as"):
        return message
    selector, _, domain = rehearsal.get("signed-as").partition("._domainkey.")
    unsigned = pathlib.Path(scratch, "unsigned.eml")
    unsigned.write_bytes(message)
    command = [signer, "--key", ROOT / "keys" / f"{KEY}.pem", "--headers", HEADERS, "-d", domain, "-s", selector]
    return subprocess.run([*command, "-t", "1795424403", unsigned], capture_output=True, check=True).stdout


def laid(zone, record, test_key, own_key):
    """A record of the plan in the lines of a zone file. own_key: the message is signed with the test key."""
    value, name, kind = record.findtext(f"{R}value") or "", record.get("name").replace("SELECTOR", "selector"), record.get("type")
    if record.get("action") == "remove" or record.get("action") == "change":
        if kind == "TXT":
            zone = made(zone, [record])
        else:
            zone = [line for line in zone if owner_and_type(line) != (name, kind)]
    if record.get("action") == "remove":
        return zone
    if kind == "TXT":
        is_key = value.startswith("v=DKIM1") or not value
        zone = [line for line in zone if owner_and_type(line) != (name, kind)] if is_key or value.startswith("v=spf1") else zone
        return zone + [txt_line(name, test_key if is_key and own_key else value)]
    target = value.replace("SELECTOR", "selector").replace("SERVER", "mail.operator.example")
    return zone + [f"{name}. {kind} {target}."]


def zone_after(folder, route, test_key):
    zone = (folder / "dns.zone").read_text(encoding="latin-1").splitlines()
    rehearsal = route.find(f"{R}rehearsal")
    key_name = rehearsal.get("signed-as")
    for record in route.iter(f"{R}plan-record"):
        zone = laid(zone, record, test_key, key_name is not None)
    if key_name:  # the private half of a configured key is not at hand: the test key stands in for it
        at = key_name
        aliases = {owner_and_type(line)[0]: line.split()[-1].rstrip(".") for line in zone if (owner_and_type(line) or ("", ""))[1] == "CNAME"}
        at = aliases.get(at, at)
        zone = [line for line in zone if owner_and_type(line) != (at, "TXT")] + [txt_line(at, test_key)]
    return zone


def envelope_options(folder, rehearsal):
    options = options_of(folder)
    for name in ("mail-from", "client-ip", "helo"):
        if rehearsal.get(name) is not None:
            options += [f"--{name}", plain(rehearsal.get(name))]
    return options


def outcome(report):
    verdict, dmarc = report.find(f"{R}verdict"), report.find(f"{R}dmarc")
    result = {name: verdict.get(name) for name in ("spf", "dkim", "dmarc", "score")}
    standard = next(one for one in dmarc if one.get("spf-aligned") is not None)
    result["spf-aligned"], result["dkim-aligned"] = standard.get("spf-aligned"), standard.get("dkim-aligned")
    wrong = [f for f in report.iter(f"{R}finding") if (f.get("outcome"), f.get("severity"), f.get("waived")) == ("fail", "error", "false")]
    return {**result, "failing-errors": str(len(wrong))}


def as_sent(folder, report):
    """The message without what was done to this copy of it, and whether anything was."""
    octets = (folder / "message.eml").read_bytes()
    repairs = [one.text for one in report.iter(f"{R}repair")]
    if repairs not in ([], ["copy-indented"]):
        raise ValueError(f"{folder}: no way to undo {repairs}")
    return (re.sub(rb"(?m)^    ", b"", octets), True) if repairs else (octets, False)


def hold(program, signer, folder, report, route, test_key):
    """What is not as promised, as lines."""
    rehearsal = route.find(f"{R}rehearsal")
    octets, damaged = as_sent(folder, report)
    with tempfile.TemporaryDirectory() as scratch:
        zone, message = pathlib.Path(scratch, "dns.zone"), pathlib.Path(scratch, "message.eml")
        zone.write_text("\n".join(zone_after(folder, route, test_key)) + "\n", encoding="latin-1")
        message.write_bytes(signed(signer, recast(octets, rehearsal), rehearsal, scratch))
        command = [program, "analyze", *envelope_options(folder, rehearsal), "--dns-zone", zone, "--format", "xml", message]
        run = subprocess.run(command, cwd=folder, capture_output=True, check=False)
    after = outcome(ET.fromstring(run.stdout))
    names = ["spf", "dkim", "dmarc", "spf-aligned", "dkim-aligned"]
    if not damaged and not rehearsal.get("signed-as") and not rehearsal.get("from") and rehearsal.get("score"):
        names += ["score", "failing-errors"]
    title = f"{folder.relative_to(ROOT)}: route {route.get('id')}"
    return [f"{title}: {n}: promised {rehearsal.get(n)}, is {after[n]}" for n in names if after[n] != rehearsal.get(n)]


def of_other_tenants(folder, report):
    """Names of the profile in the plan that neither the message nor the operator brings in; that bounces go to another
    tenant now is no reason to name him."""
    if not (folder / "profile.xml").exists():
        return []
    profile = ET.parse(folder / "profile.xml").getroot()
    operator = profile.find("operator").get("name")
    plan = report.find(f"{R}plan")
    ours = plan.get("from-domain")
    message = b"".join(field for field in fields_of((folder / "message.eml").read_bytes())[0] if name_of(field) != "return-path").decode("latin-1")
    text = " ".join([*plan.itertext(), *(value for one in plan.iter() for name, value in one.items() if name != "mail-from-domain")])
    faults = []
    for entry in profile.iter("signing-domain"):
        if entry.get("tenant") == operator or ours.endswith(entry.get("domain")):
            continue
        faults += [f"{folder.relative_to(ROOT)}: the plan names {word}" for word in (entry.get("domain"), entry.get("tenant")) if word and word in text and word not in message]
    return faults


def main():
    program, reports, signer = os.path.realpath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve(), os.path.realpath(sys.argv[3])
    record = [signer, "--record", ROOT / "keys" / f"{KEY}.pem"]
    test_key = subprocess.run(record, capture_output=True, text=True, check=True).stdout.strip()
    jobs, results = [], []
    for message in sorted(ROOT.rglob("message.eml")):
        folder = message.parent
        report = ET.parse(reports / (str(folder.relative_to(ROOT)).replace("/", ".") + ".xml")).getroot()
        if report.find(f"{R}plan") is None:
            continue
        results.append(of_other_tenants(folder, report))
        jobs += [(program, signer, folder, report, route, test_key) for route in report.iter(f"{R}route") if route.find(f"{R}rehearsal") is not None]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results += list(pool.map(lambda job: hold(*job), jobs))
    for faults in results:
        print("\n".join(faults), end="\n" if faults else "")
    failed = sum(1 for faults in results if faults) + (not jobs)
    print(f"{len(results) - failed + (not jobs)} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
