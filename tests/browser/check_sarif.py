#!/usr/bin/env python3
"""Validates SARIF files against the schema that OASIS published: tests/browser/check_sarif.py SCHEMA FILE..."""
import json
import sys

import jsonschema


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    validator = jsonschema.Draft7Validator(schema, format_checker=jsonschema.FormatChecker())
    failed = 0
    for path in sys.argv[2:]:
        with open(path, encoding="utf-8") as file:
            error = next(validator.iter_errors(json.load(file)), None)
        if error is not None:
            failed += 1
            print(f"{path}: {error.json_path}: {error.message[:200]}")
    print(f"{len(sys.argv) - 2 - failed} passed, {failed} failed")
    return 1 if failed or len(sys.argv) < 3 else 0


sys.exit(main())
