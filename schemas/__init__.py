"""The shapes: frozen dataclasses with their marshmallow schemas. They import no other package of the project."""
