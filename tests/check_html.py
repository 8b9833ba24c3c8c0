#!/usr/bin/env python3
"""Checks that an HTML report keeps its promises: well nested, no script, no request, no link to elsewhere but the
references of the rules, one style sheet that the Content-Security-Policy names, headings in order, ids once, labelled
tables. Says what is wrong and fails."""
import base64
import hashlib
import html.parser
import sys

VOID = {"meta", "img", "br", "hr", "link", "input", "circle", "line", "path", "rect"}
FORBIDDEN = {"script", "iframe", "object", "embed", "link", "form", "input", "base", "audio", "video", "foreignobject"}
LANDMARKS = ("header", "nav", "main", "footer", "h1", "title")


class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.open, self.faults, self.ids, self.targets = [], [], set(), []
        self.style, self.policy, self.heading, self.seen = "", "", 0, {}
        self.tables, self.captions, self.described = 0, 0, []

    def fault(self, text):
        self.faults.append(f"line {self.getpos()[0]}: {text}")

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if not (tag == "title" and "svg" in self.open):
            self.seen[tag] = self.seen.get(tag, 0) + 1
        if tag == "svg":
            self.check_picture(given)
        if tag in FORBIDDEN:
            self.fault(f"<{tag}>")
        for name, value in attrs:
            self.check_attribute(tag, name, value or "")
        if tag == "meta" and given.get("http-equiv", "").lower() == "content-security-policy":
            self.policy = given["content"]
        elif tag == "meta" and given.get("http-equiv", "content-type").lower() != "content-type":
            self.fault("http-equiv")
        if tag == "html" and given.get("lang") not in ("en", "nl"):
            self.fault("no language")
        if len(tag) == 2 and tag[0] == "h" and tag[1].isdigit():
            if int(tag[1]) > self.heading + 1:
                self.fault(f"<{tag}> after <h{self.heading}>")
            self.heading = int(tag[1])
        self.tables += tag == "table"
        self.captions += tag == "caption"
        if tag == "th" and given.get("scope") not in ("row", "col"):
            self.fault("<th> without scope")
        if tag not in VOID:
            self.open.append(tag)

    def check_picture(self, given):
        """A picture says in words what it shows, or nothing but what stands beside it."""
        if given.get("aria-hidden") == "true":
            return
        if given.get("role") != "img" or not given.get("aria-labelledby"):
            self.fault("<svg> without a text alternative")
        self.described += given.get("aria-labelledby", "").split()

    def check_attribute(self, tag, name, value):
        if name.startswith("on") or name in ("style", "srcset", "action", "formaction", "xlink:href", "background"):
            self.fault(f"attribute {name}")
        if name == "src" and not value.startswith("data:image/"):
            self.fault(f"src {value[:60]}")
        if name == "href":
            if value.startswith("#"):
                self.targets.append(value[1:])
            elif not value.startswith("https://"):
                self.fault(f"href {value[:60]}")
        if name == "id":
            if value in self.ids:
                self.fault(f"id {value} twice")
            self.ids.add(value)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.fault(f"</{tag}> does not close what is open")

    def handle_data(self, data):
        if self.open and self.open[-1] == "style":
            self.style += data

    def finish(self):
        digest = base64.b64encode(hashlib.sha256(self.style.encode()).digest()).decode()
        if f"style-src 'sha256-{digest}'" not in self.policy or "default-src 'none'" not in self.policy:
            self.fault("the Content-Security-Policy does not name the style sheet")
        if "@import" in self.style or "url(" in self.style:
            self.fault("the style sheet asks for something")
        for tag in LANDMARKS:
            if self.seen.get(tag, 0) != 1:
                self.fault(f"not one <{tag}>")
        for target in self.targets + self.described:
            if target not in self.ids:
                self.fault(f"#{target} leads nowhere")
        if self.tables != self.captions:
            self.fault("a table without a caption")
        if self.open:
            self.fault(f"not closed: {self.open}")


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        text = file.read()
    page = Page()
    page.feed(text)
    page.close()
    page.finish()
    if any(ord(c) < 32 and c not in "\n\t" or 127 <= ord(c) < 160 or 0x202A <= ord(c) <= 0x202E for c in text):
        page.faults.append("control characters")
    print("; ".join(page.faults[:5]))
    return 1 if page.faults else 0


sys.exit(main())
