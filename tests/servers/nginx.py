"""A real nginx in front of the app, with TLS and a certificate that is made here, as a deployment has it."""

from __future__ import annotations

import datetime
import os
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from tests.documented import block
from tests.servers.app import stop
from tests.waiting import until

NAME = "localhost"
AROUND = """
daemon off; master_process off; pid {folder}/nginx.pid; error_log {folder}/error.log;
events {{ worker_connections 256; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
{documented}
}}
"""


@dataclass
class Nginx:
    """A running nginx: its address, and what trusts its certificate."""

    url: str
    port: int
    trust: ssl.SSLContext


def nginx_program() -> str:
    """The path of nginx; without one the test is skipped, and says so."""
    named = os.environ.get("GROUNDWORK_TEST_NGINX") or shutil.which("nginx") or shutil.which("/usr/sbin/nginx")
    if not named:
        pytest.skip("no nginx here: apt install nginx-light, or name one in GROUNDWORK_TEST_NGINX")
    return named


@contextmanager
def running_nginx(folder: Path, port: int, upstream: int) -> Iterator[Nginx]:
    """Serve ``https://localhost:PORT`` from an app on ``upstream``, as the documentation tells operators to.

    Args:
        port: Free, and chosen before: the app is told its public address when it starts.
    """
    program = nginx_program()
    folder.mkdir()
    _write_certificate(folder)
    config = folder / "nginx.conf"
    config.write_text(AROUND.format(folder=folder, documented=_documented(folder, port, upstream)))
    process = subprocess.Popen(
        [program, "-p", str(folder), "-c", str(config)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        until(lambda: _answers(port) or process.poll() is not None)
        assert process.poll() is None, (folder / "error.log").read_text()
        yield Nginx(f"https://{NAME}:{port}", port, ssl.create_default_context(cafile=str(folder / "certificate.pem")))
    finally:
        stop(process)


def _documented(folder: Path, port: int, upstream: int) -> str:
    """The file of the documentation with the names that differ here: ports, host, places of the certificate."""
    changes = {
        "listen 443 ssl": f"listen 127.0.0.1:{port} ssl",
        "listen 80;": f"listen unix:{folder}/plain.sock;",
        "server_name workbench.example.com": f"server_name {NAME}",
        "/etc/ssl/workbench/fullchain.pem": f"{folder}/certificate.pem",
        "/etc/ssl/workbench/privkey.pem": f"{folder}/key.pem",
        "http://127.0.0.1:8501": f"http://127.0.0.1:{upstream}",
    }
    text = block("docs/operating.md", "nginx")
    for written, here in changes.items():
        assert written in text, written
        text = text.replace(written, here)
    return text


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _write_certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
    now = datetime.datetime.now(datetime.UTC)
    names = [x509.DNSName(NAME), x509.IPAddress(ip_address("127.0.0.1"))]
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    plain = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / "key.pem").write_bytes(plain)
