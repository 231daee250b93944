"""The forms of policies: the control of each declared field, and the document of a posted form."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from werkzeug.datastructures import MultiDict

from policies.field_specs import form_groups
from schemas.field_spec import (
    AttributeCodes,
    Choice,
    DecimalNumber,
    FieldSpec,
    PolicySchema,
    Switch,
    Text,
    WholeNumber,
    field_specs,
)

OTHER_ATTRIBUTES: Final = "other_attributes"
"""The field for attribute codes that are not in the list: separated by commas or spaces."""
_WHOLE: Final = re.compile(r"-?[0-9]{1,12}\Z")


@dataclass(frozen=True, slots=True)
class Control:
    """A field as a form shows it. `kind` chooses the macro: switch, radio, choice, text, number or attributes."""

    kind: str
    spec: FieldSpec
    options: tuple[tuple[str, str], ...] = ()
    longest: int | None = None


def controls(schema: type[PolicySchema]) -> list[tuple[str, list[Control]]]:
    """Return the controls of a form under their headings."""
    return [(group, [_control(spec) for spec in specs]) for group, specs in form_groups(schema.policy)]


def document_from(
    schema: type[PolicySchema], form: MultiDict[str, str], kept: Mapping[str, object]
) -> dict[str, object]:
    """Return the form as a document: without empty fields, whole numbers as int, anything else as text.

    `kept` holds the fields that are not on the form: saving a form never changes them.
    """
    document: dict[str, object] = {"title": form.get("title", "").strip()}
    return document | dict(_filled_in(schema.policy, form)) | dict(kept)


def off_form(schema: type[PolicySchema], policy: object | None) -> dict[str, object]:
    """Return the fields that have no control, as this policy has them; their defaults where there is no policy."""
    return {
        spec.name: spec.default if policy is None else getattr(policy, spec.name)
        for spec in field_specs(schema.policy)
        if not spec.on_form
    }


def _control(spec: FieldSpec) -> Control:
    match spec.shape:
        case Switch(named=named):
            return Control("radio" if named else "switch", spec)
        case Choice(options=options):
            return Control("choice", spec, tuple((option.value, words) for option, words in options))
        case Text(longest=longest):
            return Control("text", spec, longest=longest)
        case WholeNumber() | DecimalNumber():
            return Control("number", spec)
        case AttributeCodes():
            return Control("attributes", spec)


def _filled_in(policy: type, form: MultiDict[str, str]) -> Iterator[tuple[str, object]]:
    for spec in field_specs(policy):
        if not spec.on_form:
            continue
        text = form.get(spec.name, "").strip()
        match spec.shape:
            case Switch(named=True):
                # A radio button that was not sent (an old page, a script) leaves the log as it is by default.
                yield spec.name, form.get(spec.name, str(spec.default).lower()) == "true"
            case Switch():
                yield spec.name, text == "true"
            case AttributeCodes():
                yield spec.name, _codes(spec.name, form)
            case WholeNumber() if _WHOLE.match(text):
                yield spec.name, int(text)
            case _ if text:
                yield spec.name, text


def _codes(name: str, form: MultiDict[str, str]) -> list[str]:
    """The attributes that are ticked, and those that are typed in by their codes."""
    typed = form.get(OTHER_ATTRIBUTES, "").replace(",", " ").split()
    return list(dict.fromkeys([*form.getlist(name), *typed]))
