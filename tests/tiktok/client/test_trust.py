"""TLS: TikTok's certificate must be trusted, and must name its host."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import certifi
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from urllib3.exceptions import SSLError

from tests.tiktok.answering import AnsweringTikTok, answering, success
from tiktok.client.transport import Transport


def certificate(folder: Path, name: x509.GeneralName) -> Path:
    """A self-signed certificate, with its key in the same file."""
    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    own_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tiktok")])
    made = (
        x509.CertificateBuilder()
        .subject_name(own_name)
        .issuer_name(own_name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([name]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "tiktok.pem"
    path.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return path


@contextmanager
def over_tls(path: Path) -> Iterator[AnsweringTikTok]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    with answering(success(x="1"), tls=context) as tiktok:
        yield tiktok


def status_of(transport: Transport, tiktok: AnsweringTikTok) -> int:
    return transport.exchange("GET", f"{tiktok.url}/x", {}, b"", time.monotonic() + 5)[0]


def test_a_trusted_certificate_is_accepted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = certificate(tmp_path, x509.IPAddress(ip_address("127.0.0.1")))
    monkeypatch.setattr(certifi, "where", lambda: str(path))
    with over_tls(path) as tiktok:
        transport = Transport()
        assert [status_of(transport, tiktok), status_of(transport, tiktok)] == [200, 200]


def test_an_untrusted_certificate_is_refused_before_any_request(tmp_path: Path) -> None:
    with over_tls(certificate(tmp_path, x509.IPAddress(ip_address("127.0.0.1")))) as tiktok:
        with pytest.raises(SSLError):
            status_of(Transport(), tiktok)
        assert tiktok.requests == []


def test_a_certificate_of_another_host_is_refused_before_any_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = certificate(tmp_path, x509.DNSName("elsewhere.example"))
    monkeypatch.setattr(certifi, "where", lambda: str(path))
    with over_tls(path) as tiktok:
        with pytest.raises(SSLError):
            status_of(Transport(), tiktok)
        assert tiktok.requests == []
