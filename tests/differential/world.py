"""A small DNS in memory: what a case's records and faults answer, and the same as a master file."""

TROUBLE = ("servfail", "timeout")


def escaped(octets):
    return "".join(chr(b) if 33 <= b < 127 and chr(b) not in '"\\;()@$' or b == 32 else "\\%03d" % b for b in octets)


class World:
    """records: [name, type, rdata]; rdata is a list of strings for TXT (octets as latin-1), "10 host" for MX.
    faults: [name, type, "servfail" or "timeout"]. Names are lower case without the final dot."""

    def __init__(self, records=(), faults=()):
        self.records = [list(r) for r in records]
        self.faults = [list(f) for f in faults]
        self._index = None

    def add(self, name, kind, rdata):
        """A record set has no duplicates (RFC 2181 §5)."""
        if [name, kind, rdata] not in self.records:
            self.records.append([name, kind, rdata])

    def fault(self, name, kind, word):
        self.faults.append([name, kind, word])

    def _build(self):
        self._index, self._names = {}, set()
        for name, kind, rdata in self.records:
            self._index.setdefault((name, kind), []).append(rdata)
            labels = name.split(".")
            self._names.update(".".join(labels[i:]) for i in range(len(labels)))

    def lookup(self, name, kind):
        """(status, rdata list): "ok", "nodata", "nxdomain", "servfail", "timeout". Follows aliases."""
        if self._index is None:
            self._build()
        name = name.lower().rstrip(".")
        for _ in range(9):
            for fault_name, fault_kind, word in self.faults:
                if fault_name == name and fault_kind == kind:
                    return word, []
            found = self._index.get((name, kind))
            if found:
                return "ok", found
            alias = self._index.get((name, "CNAME"))
            if not alias:
                return ("nodata" if name in self._names else "nxdomain"), []
            name = alias[0].lower().rstrip(".")
        return "servfail", []

    def master_file(self):
        lines = ["$ORIGIN .", "$TTL 300"]
        for name, kind, rdata in self.records:
            if kind == "TXT":
                text = " ".join('"%s"' % escaped(s.encode("latin-1")) for s in rdata)
            elif kind == "MX":
                preference, host = rdata.split(" ")
                text = preference + " " + host.rstrip(".") + "."
            elif kind in ("CNAME", "PTR"):
                text = rdata.rstrip(".") + "."
            else:
                text = rdata
            lines.append("%s. %s %s" % (name, kind, text))
        lines += [";!%s %s %s" % (word, name, kind) for name, kind, word in self.faults]
        return "\n".join(lines) + "\n"
