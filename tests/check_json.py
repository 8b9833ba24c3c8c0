#!/usr/bin/env python3
"""Validates the JSON reports named on standard input against the schema given; last line: passed and failed."""
import json
import sys

import jsonschema


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    passed = failed = 0
    for path in sys.stdin.read().splitlines():
        try:
            with open(path, encoding="utf-8") as file:
                error = next(validator.iter_errors(json.load(file)), None)
            fault = None if error is None else f"{error.json_path}: {error.message[:200]}"
        except ValueError as problem:
            fault = str(problem)
        if fault is None:
            passed += 1
        else:
            failed += 1
            print(f"{path}: {fault}")
    print(passed, failed)


main()
