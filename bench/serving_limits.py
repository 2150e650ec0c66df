"""What no application under the same server can exceed."""

from flask import Flask


def bare_wsgi():
    """What gunicorn can do at most."""

    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "2")])
        return [b"ok"]

    return application


def bare_flask():
    """What a Flask application under this gunicorn can do at most."""
    app = Flask("bare")

    @app.get("/")
    def ok():
        return "ok"

    return app
