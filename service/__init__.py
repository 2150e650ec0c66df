"""The prediction service: a Flask application that serves the wine model and measures itself."""
