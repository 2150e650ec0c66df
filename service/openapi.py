"""The OpenAPI 3.1 document, made of the types that the service decodes and encodes with."""

import msgspec

from service.documents import JSON, PROBLEM_JSON, Health, Index, Prediction, Predictions, Problem

TEMPLATE = "#/components/schemas/{name}"


def describe(sample, samples, version):
    """The document (a dict) of the service that takes `sample` or `samples`."""
    types = [sample, samples, Prediction, Predictions, Health, Index, Problem]
    references, schemas = msgspec.json.schema_components(types, ref_template=TEMPLATE)
    one, several, prediction, predictions, health, index, problem = references

    def content(media, *choices):
        return {"content": {media: {"schema": choices[0] if len(choices) == 1 else {"anyOf": list(choices)}}}}

    def problems(*cases):
        return {str(code): {"description": text, **content(PROBLEM_JSON, problem)} for code, text in cases}

    def get(summary, schema):
        ok = {"200": {"description": summary, **content(JSON, schema)}}
        return {"get": {"summary": summary, "responses": ok}}

    predict = {
        "summary": "Classify one wine, or several",
        "requestBody": {"required": True, **content(JSON, one, several)},
        "responses": {
            "200": {"description": "One prediction for each sample", **content(JSON, prediction, predictions)},
            **problems(
                (400, "The body is not JSON, or not what the schema asks for"),
                (408, "The body did not arrive in time"),
                (413, "The body is too large"),
                (415, "The body is not sent as application/json"),
                (500, "The service failed"),
            ),
        },
    }
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Wine model",
            "version": version,
            "description": "Tells from 13 measurements which of three cultivars a wine was made of.",
        },
        "paths": {
            "/predict": {"post": predict},
            "/healthz": get("The process is alive", health),
            "/readyz": get("The model is loaded", health),
            "/": get("What this service is", index),
            "/openapi.json": get("This document", {"type": "object"}),
        },
        "components": {"schemas": schemas},
    }
