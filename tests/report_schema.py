#!/usr/bin/env python3
"""Makes reports/report.schema.json (of the JSON report) from reports/report.xsd (of the XML report).

The JSON report is the XML report by the rules at the top of report.xsd, and so is its schema:
    tests/report_schema.py            writes it
    tests/report_schema.py --check    fails when the file is not what would be written
"""
import json
import pathlib
import sys
import xml.etree.ElementTree as ET

XS = "{http://www.w3.org/2001/XMLSchema}"
ROOT = pathlib.Path(__file__).resolve().parent.parent
XSD = ROOT / "reports" / "report.xsd"
OUT = ROOT / "reports" / "report.schema.json"

SIMPLE = {
    "xs:string": {"type": "string"},
    "xs:boolean": {"type": "boolean"},
    "xs:integer": {"type": "integer"},
    "xs:nonNegativeInteger": {"type": "integer", "minimum": 0},
    "Octets": {"type": "string"},
    "LocalText": {"type": "string"},
    "Words": {"type": "array", "items": {"type": "string"}},
    "Numbers": {"type": "array", "items": {"type": "integer", "minimum": 0}},
}


def documentation(node):
    text = node.findtext(f"{XS}annotation/{XS}documentation") or ""
    return " ".join(text.split())


def reference(type_name):
    return dict(SIMPLE[type_name]) if type_name in SIMPLE else {"$ref": f"#/$defs/{type_name}"}


def add_property(schema, node, required):
    name = node.get("name").replace("-", "_")
    schema["properties"][name] = {"description": documentation(node), **reference(node.get("type"))}
    if required:
        schema["required"].append(name)


def add_members(schema, node, xsd):
    """Attributes first, then elements: the order of the JSON report."""
    for child in node:
        if child.tag == f"{XS}attribute":
            add_property(schema, child, child.get("use") == "required")
        elif child.tag == f"{XS}attributeGroup":
            add_members(schema, xsd.find(f"{XS}attributeGroup[@name='{child.get('ref')}']"), xsd)
    for child in node.findall(f"{XS}sequence/{XS}element"):
        add_property(schema, child, child.get("minOccurs", "1") != "0")


def complex_type(node, xsd):
    if node.get("name").endswith("List"):
        item = node.find(f"{XS}sequence/{XS}element")
        return {"description": documentation(node), "type": "array", "items": reference(item.get("type"))}
    schema = {
        "description": documentation(node),
        "type": "object",
        "properties": {},
        "required": [],
        "additionalProperties": False,
    }
    extension = node.find(f"{XS}complexContent/{XS}extension")
    if extension is not None:
        add_members(schema, xsd.find(f"{XS}complexType[@name='{extension.get('base')}']"), xsd)
        add_members(schema, extension, xsd)
    else:
        add_members(schema, node, xsd)
    return schema


def simple_type(node):
    schema = {"description": documentation(node), "type": "string"}
    values = [one.get("value") for one in node.iter(f"{XS}enumeration")]
    pattern = node.find(f".//{XS}pattern")
    if values:
        schema["enum"] = values
    elif pattern is not None:
        schema["pattern"] = f"^({pattern.get('value')})$"
    return schema


def make():
    xsd = ET.parse(XSD).getroot()
    definitions = {}
    for node in xsd:
        name = node.get("name")
        if name in SIMPLE or name is None:
            continue
        if node.tag == f"{XS}complexType":
            definitions[name] = complex_type(node, xsd)
        elif node.tag == f"{XS}simpleType":
            definitions[name] = simple_type(node)
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:mailassay:report:1:json",
        "title": "Report of mailassay on one message, version 1",
        "$comment": "Made from report.xsd by tests/report_schema.py. " + documentation(xsd),
        "$ref": "#/$defs/Report",
        "$defs": definitions,
    }
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def kinds_are_unambiguous():
    """json.c knows what a value is by its name alone."""
    seen, good = {}, True
    for node in ET.parse(XSD).getroot().iter():
        if node.tag not in (f"{XS}element", f"{XS}attribute"):
            continue
        type_name = node.get("type") or ""
        kind = "list" if type_name.endswith("List") else SIMPLE.get(type_name, {"type": "other"})["type"]
        if node.tag == f"{XS}attribute" and kind == "other":
            kind = "string"
        key = (node.tag, node.get("name"))
        if seen.setdefault(key, kind) != kind:
            print(f"report.xsd: {node.get('name')} is {seen[key]} in one place and {kind} in another")
            good = False
    return good


def main():
    made = make()
    if sys.argv[1:] == ["--check"]:
        if OUT.read_text(encoding="utf-8") != made:
            print("reports/report.schema.json is not what report.xsd says: run tests/report_schema.py")
            return 1
        return 0 if kinds_are_unambiguous() else 1
    OUT.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
