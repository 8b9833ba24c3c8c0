#!/usr/bin/env python3
"""Writes messages that try to break out of the report: tests/browser/hostile.py FOLDER

Each does it in its own way, in every place that a report shows. `document.canary` is what tests/browser/check.mjs looks
for: nothing may ever set it.
"""
import pathlib
import sys

SCRIPT = "<script>document.canary=1</script>"
IMAGE = '"><img src=x onerror="document.canary=1">'
STYLE = "</style></title></svg></pre>" + SCRIPT + "<style>*{display:none}"
LINK = '<a href="javascript:document.canary=1">click</a>'
RECEIVED = "Received: from {0} ([192.0.2.10]) by mx.example.net (Postfix) with ESMTPS; {1} Nov 2026 09:00:0{2} +0000"
SIGNATURE = ("DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/simple; d={0}; s={1}; h=from:subject:{2}; t=1795428000;"
             " bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=; b=AAAA")


def message(evil, extra=(), body="Text.\r\n"):
    """Evil text in every field that a report tells of."""
    lines = [
        f"Return-Path: <{evil}@example.com>",
        RECEIVED.format("mail.example.com", "Mon, 23", 5),
        f"Authentication-Results: {evil}; spf=pass {evil} smtp.mailfrom={evil}; dkim={evil}",
        f"Received-SPF: pass ({evil}) client-ip=192.0.2.10",
        RECEIVED.format(evil, "Mon, 23", 4),
        *extra,
        SIGNATURE.format("example.com", "s1", evil),
        SIGNATURE.format(evil, evil, evil),
        f'From: "{evil}" <a@example.com>',
        f'Sender: "{evil}" <{evil}@example.org>',
        f"Reply-To: {evil}",
        f"To: {evil} <b@example.net>",
        f"Subject: {evil}",
        f"Message-ID: <{evil}@example.com>",
        f"List-Unsubscribe: <https://example.com/{evil}>",
        "Date: Mon, 23 Nov 2026 10:00:00 +0000",
        "MIME-Version: 1.0",
        f'Content-Type: text/html; charset="{evil}"; name="{evil}"',
        f'Content-Disposition: inline; filename="{evil}"',
        f"{evil}: {evil}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode("utf-8", "surrogateescape")


BIDI = "\u202e\u2066abc\u2069\u200b\u200f\u061c\ufeff\u00a0שלום مرحبا e\u0301"
CONTROLS = "\x01\x1b[31m\x7f\x9b\x85\udcff\udcc3"
MESSAGES = {
    "script": message(SCRIPT + IMAGE + LINK),
    "break-out": message(STYLE + "]]>--><!--&lt;script&gt;"),
    "bidi": message(BIDI),
    "controls": message(CONTROLS),
    "megabyte-field": message("x", ["X-Long: " + "A" * 1_000_000, "X-Folded: " + "b\r\n " * 300_000]),
    "megabyte-name": message("a." * 120 + "b" * 500_000),
    "thousands-of-signatures": message("x", [SIGNATURE.format(f"d{i}.example.com", f"s{i}", "date") for i in range(3000)]),
    "thousands-of-flawed-fields": message("x", [f"X-{i} : raw caf\udce9 octets" for i in range(3000)]),
    "thousands-of-hops": message("x", [RECEIVED.format(f"h{i}.example.com", "Mon, 23", i % 10) for i in range(3000)]),
    "long-labels": message(".".join(["w" * 63] * 3) + ".example"),
    "body": message("x", body=SCRIPT + IMAGE + STYLE + "\r\n"),
}


def main():
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    for name, octets in MESSAGES.items():
        (out / f"{name}.eml").write_bytes(octets)
    (out / "hostile.zone").write_text(
        f'example.com. 300 IN TXT "v=spf1 include:_spf.example.com -all"\n'
        'example.com. 300 IN TXT "v=spf1 ' + (SCRIPT + IMAGE).replace('"', '\\"') + '"\n'
        '_dmarc.example.com. 300 IN TXT "v=DMARC1; p=reject; rua=mailto:' + SCRIPT + '@example.com"\n'
        's1._domainkey.example.com. 300 IN TXT "v=DKIM1; p=' + SCRIPT + '"\n')


main()
