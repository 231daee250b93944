"""The shapes: frozen dataclasses with their marshmallow schemas. The ground floor."""
