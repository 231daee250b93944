"""Compiled templates and routes, shared by the Flask apps of a session: compiling took most of an app's start."""

from __future__ import annotations

from collections.abc import Callable
from types import CodeType
from typing import Final

from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from werkzeug.routing import Rule

Builder = Callable[..., tuple[str, str]]


class CompiledTemplates(BytecodeCache):
    """Keeps the code of each Jinja template in memory, by its path and the hash of its source."""

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], CodeType] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket if this source was compiled before."""
        bucket.code = self._code.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Store the compiled code."""
        if bucket.code is not None:
            self._code[bucket.key, bucket.checksum] = bucket.code


class CompiledRoutes:
    """Keeps the function that builds the URLs of a route, which Werkzeug compiles twice for each route of each app."""

    # Private to Werkzeug; if a version renames it, the import of tests/conftest.py fails here.
    COMPILE: Final[Callable[[Rule, bool], Builder]] = Rule._compile_builder

    def __init__(self) -> None:
        self._builders: dict[tuple[str, tuple[tuple[bool, str], ...], bool], Builder] = {}

    def builder(self, rule: Rule, append_unknown: bool = True) -> Builder:
        """Return the builder, compiled at most once for routes of the same rule and parts."""
        if rule.defaults:
            # Their values are compiled in, through the converters of the app's own map.
            return CompiledRoutes.COMPILE(rule, append_unknown)
        key = (rule.rule, tuple(rule._trace), append_unknown)
        if key not in self._builders:
            self._builders[key] = CompiledRoutes.COMPILE(rule, append_unknown)
        return self._builders[key]


def compile_once() -> None:
    """Let all Flask apps that are made from now on share their compiled templates and routes."""
    Flask.jinja_options = {**Flask.jinja_options, "bytecode_cache": CompiledTemplates()}
    routes = CompiledRoutes()

    def builder(rule: Rule, append_unknown: bool = True) -> Builder:
        return routes.builder(rule, append_unknown)

    setattr(Rule, "_compile_builder", builder)  # noqa: B010
