"""Changes each value of a template once, and prints for each a line of JSON: where, what it was, what it is, and the long form of the
template with it, or what the translator says against it.

A number becomes ten times as large, a switch is thrown, and a word becomes another that would do as well: one that stands in the
template under the same key, or one of those that AWS knows. Descriptions are left alone.
"""

import copy
import json
import sys

from translate import TEXT_KEYS, long_form, read

# Where the template has one word only, and AWS knows others.
OTHERS = {
    "AttributeType": "B",
    "ComparisonOperator": "LessThanThreshold",
    "BillingMode": "PROVISIONED",
    "DeletionPolicy": "Retain",
    "ProjectionType": "INCLUDE",
    "Protocol": "sms",
    "RUST_LOG": "off",
    "Runtime": "provided.al2",
    "StartingPosition": "LATEST",
    "StreamViewType": "OLD_IMAGE",
    "TreatMissingData": "missing",
    "UpdateReplacePolicy": "Delete",
}
# What says only that another part of the template is meant.
REFERENCES = ("Ref", "Fn::GetAtt", "Fn::Sub")


def leaves(value, place=()):
    if isinstance(value, dict):
        for key, below in value.items():
            if key not in TEXT_KEYS:
                yield from leaves(below, (*place, key))
    elif isinstance(value, list):
        for index, below in enumerate(value):
            yield from leaves(below, (*place, index))
    else:
        yield place, value


def kind(place):
    """The key under which a value stands, and for a reference the one above it too."""
    keys = [key for key in place if not isinstance(key, int)]
    return tuple(keys[-2:]) if keys[-1] in REFERENCES else (keys[-1],)


def another(value, place, known):
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return value * 10 or 10
    same = sorted(known[kind(place)])
    if len(same) > 1:
        return same[(same.index(value) + 1) % len(same)]
    other = OTHERS.get(kind(place)[0], "another")
    return other if other != value else "another"


def changed(template, place, value):
    template = copy.deepcopy(template)
    below = template
    for key in place[:-1]:
        below = below[key]
    below[place[-1]] = value
    return template


def main():
    template = read(sys.argv[1])
    values = [(place, value) for place, value in leaves(template) if value is not None]
    known = {}
    for place, value in values:
        if isinstance(value, str):
            known.setdefault(kind(place), set()).add(value)
    for place, value in values:
        now = another(value, place, known)
        line = {"place": "/".join(map(str, place)), "was": value, "now": now}
        try:
            line["long"] = long_form(changed(template, place, now))
        except Exception as error:  # The translator has many ways to say no, and all of them stop a deployment.
            line["refused"] = f"{type(error).__name__}: {error}"
        print(json.dumps(line))


main()
