"""How the simulators look: one frame, one style sheet, a colour per system, so a person sees where they are."""

from pathlib import Path

from flask import Flask

FOLDER = Path(__file__).parent


def page_app(name: str, theme: str, system_name: str) -> Flask:
    """A Flask application whose pages carry `theme` (login, eoj, gp) and the word Simulator in their header."""
    app = Flask(name, template_folder=str(FOLDER / "templates"), static_folder=str(FOLDER / "static"))
    app.context_processor(lambda: {"theme": theme, "system_name": system_name})
    return app
