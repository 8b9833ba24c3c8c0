"""OpenDKIM as a voice: libopendkim.so.11, the library opendkim-testmsg is a thin caller of.

opendkim-testmsg itself takes keys from the network only; the library lets its caller supply them.
"""
import base64
import ctypes as c
import json
import re
import sys

from world import TROUBLE, World

OK, NOKEY, KEYFAIL, TRYAGAIN = 0, 3, 11, 14
CB_CONTINUE, CB_TRYAGAIN, CB_NOTFOUND, CB_ERROR = 0, 2, 3, 4
SETOPT, OPTS_FLAGS = 1, 0
BADSIGHANDLES = 0x400
PASSED, BODY_MATCHES = 4, 0

library = c.CDLL("libopendkim.so.11")
pointer = c.c_void_p
LOOKUP = c.CFUNCTYPE(c.c_int, pointer, pointer, pointer, c.c_size_t)
library.dkim_init.restype = library.dkim_verify.restype = pointer
library.dkim_init.argtypes = [pointer, pointer]
library.dkim_verify.argtypes = [pointer, c.c_char_p, pointer, c.POINTER(c.c_int)]
library.dkim_options.argtypes = [pointer, c.c_int, c.c_int, pointer, c.c_size_t]
library.dkim_set_key_lookup.argtypes = [pointer, LOOKUP]
library.dkim_header.argtypes = library.dkim_body.argtypes = [pointer, c.c_char_p, c.c_size_t]
library.dkim_eoh.argtypes = [pointer]
library.dkim_eom.argtypes = [pointer, pointer]
library.dkim_free.argtypes = [pointer]
library.dkim_getsiglist.argtypes = [pointer, c.POINTER(c.POINTER(pointer)), c.POINTER(c.c_int)]
library.dkim_sig_geterror.argtypes = library.dkim_sig_getdomain.argtypes = [pointer]
library.dkim_sig_getflags.argtypes = library.dkim_sig_getbh.argtypes = [pointer]
library.dkim_sig_getselector.argtypes = [pointer]
library.dkim_sig_getdomain.restype = library.dkim_sig_getselector.restype = c.c_char_p
library.dkim_sig_geterrorstr.argtypes = [c.c_int]
library.dkim_sig_geterrorstr.restype = library.dkim_getresultstr.restype = c.c_char_p
library.dkim_getresultstr.argtypes = [c.c_int]

world = World()


def key_lookup(_dkim, signature, buffer, size):
    selector, domain = library.dkim_sig_getselector(signature), library.dkim_sig_getdomain(signature)
    name = (selector + b"._domainkey." + domain).decode("latin-1")
    status, found = world.lookup(name, "TXT")
    if status in TROUBLE:
        return CB_TRYAGAIN
    if not found:
        return CB_NOTFOUND
    if len(found) > 1:
        return CB_ERROR # its own resolver code: DKIM_SIGERROR_MULTIREPLY
    text = "".join(found[0]).encode("latin-1")[:size - 1] + b"\0"
    c.memmove(buffer, text, len(text))
    return CB_CONTINUE


def verdict(handle, case):
    message = base64.b64decode(case["message"])
    head, _, body = message.partition(b"\r\n\r\n")
    fields = re.split(rb"\r\n(?![ \t])", head.removesuffix(b"\r\n"))
    if any(re.match(rb"(?is)dkim-signature\s*:(.*;)?\s*[tx]\s*=", field) for field in fields):
        return "abstains", "t= and x= are judged by the system's clock"
    status = c.c_int(0)
    dkim = library.dkim_verify(handle, b"case", None, c.byref(status))
    # As the milter does: field by field without its line end, then the body.
    steps = [library.dkim_header(dkim, field, len(field)) for field in fields]
    steps.append(library.dkim_eoh(dkim))
    if body:
        steps.append(library.dkim_body(dkim, body, len(body)))
    steps.append(library.dkim_eom(dkim, None))
    signatures, count = c.POINTER(pointer)(), c.c_int(0)
    passed = False
    details = [(library.dkim_getresultstr(step) or b"status %d" % step).decode() for step in steps if step != OK]
    if library.dkim_getsiglist(dkim, c.byref(signatures), c.byref(count)) == OK:
        passed = any(library.dkim_sig_getflags(s) & PASSED and library.dkim_sig_getbh(s) == BODY_MATCHES
                     for s in signatures[:count.value])
        errors = [library.dkim_sig_geterror(signatures[i]) for i in range(count.value)]
        details += [(library.dkim_sig_geterrorstr(e) or b"error %d" % e).decode() for e in errors if e]
    library.dkim_free(dkim)
    if passed and not any(steps[:-1]):
        return "pass", ""
    if TRYAGAIN in steps or KEYFAIL in steps:
        return "temperror", "; ".join(details)
    return "notpass", "; ".join(details)


def main():
    global world
    handle = library.dkim_init(None, None)
    flags = c.c_uint(BADSIGHANDLES)
    library.dkim_options(handle, SETOPT, OPTS_FLAGS, c.byref(flags), c.sizeof(flags))
    callback = LOOKUP(key_lookup)
    library.dkim_set_key_lookup(handle, callback)
    for line in sys.stdin:
        case = json.loads(line)
        world = World(case["records"], case["faults"])
        word, detail = verdict(handle, case)
        print(json.dumps({"id": case["id"], "verdict": word, "detail": detail}))


main()
