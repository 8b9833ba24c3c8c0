"""Signs messages octet by octet as RFC 6376 says, with full say over how the signature field is laid out."""
import base64
import hashlib
import re

import nacl.signing
from dkim.crypto import HASH_ID_MAP, RSASSA_PKCS1_v1_5_sign, parse_pem_private_key

RSA_PREFIX = bytes.fromhex("300d06092a864886f70d0101010500")


def der(tag, content):
    n = len(content)
    length = bytes([n]) if n < 128 else bytes([0x80 | (n.bit_length() + 7) // 8]) + n.to_bytes((n.bit_length() + 7) // 8, "big")
    return bytes([tag]) + length + content


def der_integer(value):
    return der(2, value.to_bytes(value.bit_length() // 8 + 1, "big"))


class Key:
    def __init__(self, path):
        text = open(path, "rb").read()
        body = base64.b64decode(re.search(rb"-----BEGIN[^-]*-----(.*?)-----END", text, re.S).group(1))
        self.ed25519 = b"\x2b\x65\x70" in body[:24]
        if self.ed25519:
            self.private = nacl.signing.SigningKey(body[-32:])
            self.p = bytes(self.private.verify_key)
            self.spki = der(0x30, bytes.fromhex("300506032b6570") + der(3, b"\0" + self.p))
            return
        # PKCS #8: the PKCS #1 key is the octet string behind the algorithm.
        if b"BEGIN RSA PRIVATE" not in text:
            start = body.index(RSA_PREFIX) + len(RSA_PREFIX)
            head = {0x82: 4, 0x81: 3}.get(body[start + 1], 2)
            text = (b"-----BEGIN RSA PRIVATE KEY-----\n" + base64.encodebytes(body[start + head:])
                    + b"-----END RSA PRIVATE KEY-----\n")
        self.private = parse_pem_private_key(text)
        self.bare = der(0x30, der_integer(self.private["modulus"]) + der_integer(self.private["publicExponent"]))
        self.p = self.spki = der(0x30, RSA_PREFIX + der(3, b"\0" + self.bare))

    def p_value(self):
        return base64.b64encode(self.p).decode()

    def sign(self, algorithm, octets):
        digest = (hashlib.sha1 if algorithm.endswith("sha1") else hashlib.sha256)(octets)
        if self.ed25519:
            return bytes(self.private.sign(digest.digest()).signature)
        return RSASSA_PKCS1_v1_5_sign(digest, self.private)


def canon_field(canon, name, value):
    """name without colon, value as written after it, folds included, no final line end."""
    if canon == "simple":
        return name + b":" + value + b"\r\n"
    value = re.sub(rb"[ \t]+", b" ", value.replace(b"\r\n", b"")).strip(b" \t")
    return name.lower().rstrip(b" \t") + b":" + value + b"\r\n"


def canon_body(canon, body):
    if canon == "relaxed":
        body = b"\r\n".join(re.sub(rb"[ \t]+", b" ", line).rstrip(b" ") for line in body.split(b"\r\n"))
    if body and not body.endswith(b"\r\n"):
        body += b"\r\n"
    while body.endswith(b"\r\n\r\n"):
        body = body[:-2]
    if body == b"\r\n" and canon == "relaxed":
        body = b""
    return body or (b"\r\n" if canon == "simple" else b"")


def signed_block(canon, headers, names, signature_name, signature_value):
    """headers: (name, value) from the top; every mention takes the next instance from the bottom (§5.4.2)."""
    left = {}
    for name, value in headers:
        left.setdefault(name.lower().rstrip(b" \t"), []).append((name, value))
    block = b""
    for wanted in names:
        stack = left.get(wanted.lower())
        if stack:
            block += canon_field(canon, *stack.pop())
    return block + canon_field(canon, signature_name, signature_value)[:-2]


def sign(key, headers, body, tags, names, field_name=b"DKIM-Signature"):
    """tags: list of [name, value, before, after_name, after_equals, after_value] (text, white space around), in the
    order wanted; the values of "bh" and "b" None are computed. Returns the field's value."""
    given = {t[0]: t[1] for t in tags}
    canons = (given.get("c") or "simple/simple").lower().split("/")
    header_canon, body_canon = canons[0].strip(), (canons[1] if len(canons) > 1 else "simple").strip()
    algorithm = (given.get("a") or "rsa-sha256").lower()
    octets = canon_body("relaxed" if body_canon == "relaxed" else "simple", body)
    length = re.sub(r"[^0-9]", "", given.get("l") or "")
    if length:
        octets = octets[:int(length)]
    body_hash = base64.b64encode((hashlib.sha1 if algorithm.endswith("sha1") else hashlib.sha256)(octets).digest())

    def text(signature):
        out = b" "
        for i, (name, value, before, after_name, after_equals, after_value) in enumerate(tags):
            if value is None:
                value = body_hash.decode() if name == "bh" else signature
            out += (before + name + after_name + "=" + after_equals + value + after_value).encode("latin-1")
            out += b";" if i + 1 < len(tags) else b""
        return out

    block = signed_block("relaxed" if header_canon == "relaxed" else "simple", headers, names, field_name,
                         empty_b(text("")))
    encoded = base64.b64encode(key.sign(algorithm, block)).decode()
    return text("\r\n\t".join(encoded[i:i + 70] for i in range(0, len(encoded), 70)))


def empty_b(value):
    """The value with what stands between "b=" and the next ";" taken away (§3.7)."""
    return re.sub(rb"((?:^|;)[ \t\r\n]*b[ \t\r\n]*=)[^;]*", rb"\1", value, count=1)
