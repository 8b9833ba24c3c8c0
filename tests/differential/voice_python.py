"""dkimpy and pyspf as voices: JSON lines in, JSON lines out, DNS from the case, time from the case.

usage: voice_python.py dkimpy|pyspf
"""
import base64
import json
import sys
import types

from world import TROUBLE, World

state = {"world": World(), "now": 0}


def dkimpy_txt(name, timeout=5):
    import dkim
    status, found = state["world"].lookup(name.decode("utf-8", "replace"), "TXT")
    if status in TROUBLE:
        raise dkim.DnsTimeoutError(status)
    # As its own resolver function does: the first record, strings joined.
    return "".join(found[0]).encode("latin-1") if found else None


def dkimpy_verdict(case):
    import dkim
    message = base64.b64decode(case["message"])
    words, details = [], []
    try:
        verifier = dkim.DKIM(message, timeout=5)
        count = sum(1 for name, _ in verifier.headers if name.lower() == b"dkim-signature")
    except dkim.DKIMException as error:
        return "notpass", "%s: %s" % (type(error).__name__, error)
    for index in range(count):
        try:
            passed = dkim.DKIM(message, timeout=5).verify(idx=index, dnsfunc=dkimpy_txt)
            words.append("pass" if passed else "notpass")
        except dkim.DnsTimeoutError as error:
            words.append("temperror")
            details.append(str(error))
        except dkim.DKIMException as error:
            words.append("notpass")
            details.append("%s: %s" % (type(error).__name__, error))
        except Exception as error:
            words.append("crash")
            details.append("%s: %s" % (type(error).__name__, error))
    for word in ("pass", "temperror", "crash"):
        if word in words:
            return word, "; ".join(details)
    return "notpass", "; ".join(details)


def spf_lookup(name, qtype, strict=True, timeout=20):
    import spf
    status, found = state["world"].lookup(name, qtype)
    if status in TROUBLE:
        raise spf.TempError("DNS " + status)
    if qtype == "MX":
        found = [(int(r.split(" ")[0]), r.split(" ")[1]) for r in found]
    elif qtype == "TXT":
        found = [[s.encode("latin-1") for s in r] for r in found]
    return [((name, qtype), rdata) for rdata in found]


def pyspf_verdict(case):
    import spf
    try:
        query = spf.query(i=case["ip"], s=case["mail_from"], h=case["helo"], receiver="mx.receiver.example")
        query.t = str(state["now"])
        query.set_default_explanation("DEFAULT")
        result, _, explanation = query.check()
    except Exception as error:
        return "crash", "%s: %s" % (type(error).__name__, error), None
    if result == "fail":
        return result, "", None if explanation == "DEFAULT" else explanation
    return result, explanation, None


def main():
    which = sys.argv[1]
    clock = types.SimpleNamespace(time=lambda: state["now"])
    if which == "dkimpy":
        import dkim
        dkim.time = clock
    else:
        import spf
        spf.DNSLookup = spf_lookup
    for line in sys.stdin:
        case = json.loads(line)
        state["world"] = World(case["records"], case["faults"])
        state["now"] = case["now"]
        answer = {"id": case["id"]}
        if which == "dkimpy":
            answer["verdict"], answer["detail"] = dkimpy_verdict(case)
        else:
            answer["verdict"], answer["detail"], answer["explanation"] = pyspf_verdict(case)
        print(json.dumps(answer), flush=False)


main()
