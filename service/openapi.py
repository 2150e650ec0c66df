"""The OpenAPI 3.1 document, made of the types that the service decodes and encodes with."""

import msgspec

from service.documents import JSON, PROBLEM_JSON, Counted, Health, Index, Prediction, Predictions, Problem

REFUSALS = [
    (400, "The body is not JSON, or not what the schema asks for"),
    (408, "The request did not arrive in time"),
    (413, "The body is too large"),
    (414, "The address is too long"),
    (415, "The body is not sent as application/json"),
    (431, "The head of the request is too large"),
    (500, "The service failed"),
    (503, "There are more requests than can be answered in time"),
]
TEMPLATE = "#/components/schemas/{name}"


def describe(sample, samples, label, labels, version):
    """The document (a dict) of the service that takes `sample` or `samples`, and `label` or `labels`."""
    types = [sample, samples, Prediction, Predictions, label, labels, Counted, Health, Index, Problem]
    references, schemas = msgspec.json.schema_components(types, ref_template=TEMPLATE)
    identity = schemas["Label"]["properties"]["id"]
    identity["pattern"] = identity["pattern"].replace(r"\Z", "$")  # JSON Schema's dialect, ECMA-262, has no \Z
    one, several, prediction, predictions, label, labels, counted, health, index, problem = references

    def content(media, *choices):
        return {"content": {media: {"schema": choices[0] if len(choices) == 1 else {"anyOf": list(choices)}}}}

    def problems(*cases):
        return {str(code): {"description": text, **content(PROBLEM_JSON, problem)} for code, text in cases}

    def get(summary, schema):
        ok = {"200": {"description": summary, **content(JSON, schema)}}
        return {"get": {"summary": summary, "responses": ok}}

    def post(summary, success, bodies, answers):
        ok = {"200": {"description": success, **content(JSON, *answers)}}
        body = {"required": True, **content(JSON, *bodies)}
        return {"post": {"summary": summary, "requestBody": body, "responses": ok | problems(*REFUSALS)}}

    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Wine model",
            "version": version,
            "description": "Tells from 13 measurements which of three cultivars a wine was made of.",
        },
        "paths": {
            "/predict": post(
                "Classify one wine, or several",
                "One prediction for each sample",
                (one, several),
                (prediction, predictions),
            ),
            "/labels": post(
                "Say what wines turned out to be, days later",
                "How many labels were counted, by outcome",
                (label, labels),
                (counted,),
            ),
            "/healthz": get("The process is alive", health),
            "/readyz": get("The model is loaded", health),
            "/": get("What this service is", index),
            "/openapi.json": get("This document", {"type": "object"}),
        },
        "components": {"schemas": schemas},
    }
