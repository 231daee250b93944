"""A client that visits every page of the console and submits every form.

Fields for secrets get planted secrets, once with invalid values in the other fields and once without. A secret that the
console shows once must never be shown again: it is planted, and the page that showed it is not searched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urldefrag, urljoin, urlsplit

import pyotp
import requests
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map

from console.web.access import COOKIE
from tests.whole.canaries import Canaries

A_FEW: Final = 5
"""How many pages and forms of an endpoint are visited and submitted."""
FACTOR_KEY: Final = r'(?<=<code id="second-factor-key">)[A-Z2-7]{32}'
RECOVERY_CODE: Final = r"(?<=<li><code>)[A-Z2-7 ]{19}(?=</code>)"
SHOWN_ONCE: Final = re.compile(
    rf"whsec_[A-Za-z0-9+/=]{{20,}}|(?<=/enter/)[A-Za-z0-9_-]{{20,}}|{FACTOR_KEY}|{RECOVERY_CODE}"
)
FOR_SECRETS: Final[Mapping[str, str]] = {
    "token": "magento_token",
    "app_secret": "app_secret",
    "access_token": "access_token",
    "refresh_token": "refresh_token",
    "code": "consent_code",
    "password": "console_password",
    "old": "console_password",
    "new": "console_password",
}
"""Field for a secret -> the planted secret to type into it."""
USUAL: Final[Mapping[str, str]] = {
    "name": "Bob",
    "kind": "image",
    "document": '{"title": "Another"}',
    "note": "It is not needed.",
    "title": "Another",
    "role": "viewer",
    "synchronization_policy": "Default",
}
USUAL_PARTS: Final[Mapping[str, object]] = {
    "key": "demo",
    "letter_id": 1,
    "reason": "unsigned",
    "job_id": 1,
    "user_id": 2,
    "kind": "synchronization",
    "product_id": 1,
    "name": "kafka",
}
LAST: Final = (
    "dead_letters.discard",
    "dead_letters.discard_all",
    "policies.delete",
    "people.disable",
    "sign_in.leave",
)
"""Forms to submit last, because they remove data."""


@dataclass
class Form:
    """A form with the values that it has when nothing is typed; `typed_in` has the fields for typing."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)
    typed_in: set[str] = field(default_factory=set)


class _Page(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.links: list[str] = []
        self.forms: list[Form] = []
        self._select = self._area = ""
        self._pressed = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        fields = {name: value or "" for name, value in attrs}
        name, value, kind = fields.get("name", ""), fields.get("value", ""), fields.get("type", "text")
        if tag == "a" and "href" in fields:
            self.links.append(fields["href"])
        elif tag == "form":
            self._pressed = False
            self.forms.append(Form(fields.get("action", ""), fields.get("method", "get").lower()))
        elif not self.forms:
            return
        elif tag == "input" and name and (kind not in ("checkbox", "radio") or "checked" in fields):
            self.forms[-1].fields[name] = value
            if kind not in ("hidden", "checkbox", "radio"):
                self.forms[-1].typed_in.add(name)
        elif tag == "button" and not self._pressed:
            # Enter presses the first button.
            self._pressed = True
            self.forms[-1].fields |= {name: value} if name else {}
        elif tag == "select":
            self._select = name
        elif (
            tag == "option"
            and self._select
            and ("selected" in fields or self._select not in self.forms[-1].fields)
        ):
            self.forms[-1].fields[self._select] = value
        elif tag == "textarea":
            self._area = name
            self.forms[-1].fields[name] = ""

    def handle_endtag(self, tag: str) -> None:
        self._select = "" if tag == "select" else self._select
        self._area = "" if tag == "textarea" else self._area

    def handle_data(self, data: str) -> None:
        if self._area:
            self.forms[-1].fields[self._area] += data


@dataclass
class ConsoleCrawler:
    """A client of the console at `url`. `answers` has all responses, `seen` the statuses of each endpoint."""

    url: str
    routes: Map
    canaries: Canaries
    answers: dict[str, str] = field(default_factory=dict)
    seen: dict[str, set[int]] = field(default_factory=dict)
    _forms: dict[str, dict[str, Form]] = field(default_factory=dict)
    _session: requests.Session = field(default_factory=requests.Session)

    def open_link(self, link: str) -> None:
        """Sign in by a link that works once."""
        self.canaries.planted["sign-in link"] = link.rpartition("/")[2]
        self._record("GET", "/", self._session.get(link, timeout=20))
        assert COOKIE in self._session.cookies

    def sign_in(self, name: str, recovery_code: str = "") -> None:
        """Sign in with the planted password, and with a recovery code if a second factor is required."""
        self._session.cookies.clear()
        csrf = self.get("/sign-in").forms[0].fields["csrf_token"]
        fields = {"name": name, "password": self.canaries.planted["console_password"]}
        self._post("/sign-in", fields, csrf)
        if recovery_code:
            assert COOKIE not in self._session.cookies
            csrf = self.get("/sign-in/code").forms[0].fields["csrf_token"]
            self._post("/sign-in/code", {"code": recovery_code}, csrf)
        assert COOKIE in self._session.cookies

    def use_second_factor(self, name: str) -> None:
        """Switch a second factor on, renew its recovery codes, sign in with it, and switch it off."""
        offered = self._post(
            "/me/second-factor/offer", {"password": self.canaries.planted["console_password"]}
        )
        (key,) = re.findall(FACTOR_KEY, offered)
        first = re.findall(
            RECOVERY_CODE, self._post("/me/second-factor/confirm", {"code": pyotp.TOTP(key).now()})
        )
        codes = re.findall(RECOVERY_CODE, self._post("/me/second-factor/codes", {"codes_code": first[0]}))
        self.sign_in(name, codes[0])
        self._post("/me/second-factor/off", {"off_code": codes[1]})

    def visit(self, paths: Sequence[str]) -> None:
        """Visit these pages, and pages that they link to: a few of each endpoint."""
        ahead, met, often = list(paths), set[str](), dict[str, int]()
        while ahead:
            path = ahead.pop(0)
            endpoint = self._endpoint(path, "GET")
            if path in met or endpoint in (None, "static", "sign_in.once"):
                continue
            assert endpoint is not None
            met.add(path)
            often[endpoint] = often.get(endpoint, 0) + 1
            if path in paths or often[endpoint] <= A_FEW:
                ahead += self.get(path).links

    def get(self, path: str) -> _Page:
        """Return a page."""
        answer = self._session.get(urljoin(self.url, path), timeout=30)
        return self._record("GET", path, answer)

    def submit_every_form(self, paths: Sequence[str]) -> None:
        """Submit to every route that changes something: the forms found, or a made-up form if none is found."""
        self.visit(paths)
        while found := [name for name in self._unsent() if name in self._forms and name not in LAST]:
            for endpoint in found:
                self._submit_some(endpoint)
            self.visit(paths)
        for endpoint in sorted(self._unsent(), key=lambda name: LAST.index(name) if name in LAST else -1):
            self._submit_some(endpoint)

    def _submit_some(self, endpoint: str) -> None:
        for form in list(self._forms.get(endpoint, {}).values())[:A_FEW] or [self._made_up(endpoint)]:
            self.send(form, faulty=True)
            self.send(form, faulty=False)

    def send(self, form: Form, *, faulty: bool) -> None:
        """Submit a form with secrets in the fields for secrets and, if `faulty`, invalid values in all others."""
        fields = dict(form.fields)
        for name in form.typed_in:
            fields[name] = "\u2603 no" if faulty else fields[name] or USUAL.get(name, "")
        for name in fields.keys() & FOR_SECRETS.keys():
            fields[name] = self.canaries.planted[FOR_SECRETS[name]]
        self._post(form.action, fields)

    def _post(self, action: str, fields: Mapping[str, str], csrf: str = "") -> str:
        values_by_name = {**fields, "csrf_token": csrf or self._csrf()}
        answer = self._session.post(urljoin(self.url, action), values_by_name, timeout=60)
        self._record("POST", action, answer)
        return answer.text

    def _unsent(self) -> Iterator[str]:
        for rule in self.routes.iter_rules():
            if "POST" in (rule.methods or ()) and f"POST {rule.endpoint}" not in self.seen:
                yield rule.endpoint

    def _made_up(self, endpoint: str) -> Form:
        rule = next(rule for rule in self.routes.iter_rules(endpoint) if "POST" in (rule.methods or ()))
        parts = {name: USUAL_PARTS[name] for name in rule.arguments}
        action = self.routes.bind("console").build(endpoint, parts, method="POST")
        return Form(action, "post", {**USUAL, **dict.fromkeys(FOR_SECRETS, "")})

    def _record(self, method: str, path: str, answer: requests.Response) -> _Page:
        endpoint = self._endpoint(path, method)
        codes = self.seen.setdefault(f"{method} {endpoint}", set())
        for response in (*answer.history, answer):
            codes.add(response.status_code)
            shown = {*SHOWN_ONCE.findall(response.text), *filter(None, [response.cookies.get(COOKIE)])}
            new = shown - set(self.canaries.planted.values())
            for secret in new:
                self.canaries.planted[f"shown once {len(self.canaries.planted)}"] = secret
            if not new:
                name = f"console {method} {path} #{len(self.answers)}"
                self.answers[name] = f"{response.headers} {response.text}"
        page = _Page(answer.text if "html" in answer.headers.get("content-type", "") else "")
        for form in page.forms:
            if form.method == "post":
                action = urljoin(urlsplit(answer.url).path, form.action)
                whole = Form(action, "post", form.fields, form.typed_in)
                self._forms.setdefault(self._endpoint(action, "POST") or "", {}).setdefault(action, whole)
        page.links = [urljoin(answer.url, link) for link in page.links]
        ours = [link for link in page.links if link.startswith(self.url)]
        page.links = [urldefrag(link.removeprefix(self.url)).url for link in ours]
        return page

    def _csrf(self) -> str:
        found = re.search(
            r'name="csrf_token" value="([^"]+)"', self._session.get(f"{self.url}/me", timeout=20).text
        )
        assert found is not None
        return found[1]

    def _endpoint(self, path: str, method: str) -> str | None:
        try:
            endpoint, _ = self.routes.bind("console").match(urlsplit(path).path, method)
        except HTTPException:
            return None
        return str(endpoint)
