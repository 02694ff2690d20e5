"""TLS to a server: whose certificates are trusted, what we show of ourselves, and what went wrong.

The files stand in the URL (``rediss://host?ssl_ca_certs=…&ssl_certfile=…&ssl_keyfile=…``) or in the
environment, which fills in what a URL leaves out. Certificates are always verified.
"""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, Final, NamedTuple

from router.errors import CallerError

__all__ = (
    "ENVIRONMENT",
    "NO_CERTIFICATE",
    "TlsFilesError",
    "TlsTerms",
    "show_certificate",
    "tls_context",
    "tls_fault",
    "tls_terms",
    "trust",
)

ENVIRONMENT: Final[Mapping[str, str]] = {
    "ssl_ca_certs": "ONEQUEUE_REDIS_CA_FILE",
    "ssl_certfile": "ONEQUEUE_REDIS_CERT_FILE",
    "ssl_keyfile": "ONEQUEUE_REDIS_KEY_FILE",
}
"""What each option of the URL is called in the environment."""

CONTEXTS_MAX: Final = 16


class TlsFilesError(CallerError):
    """A file for TLS that is not there, or is not what it should be."""

    def __init__(self, file: str, reason: str) -> None:
        super().__init__(file, reason)
        self.file = file
        self.reason = reason

    def __str__(self) -> str:
        return f"TLS: {self.file}: {self.reason}"


class TlsTerms(NamedTuple):
    """What a URL says about TLS; empty: the system's CAs, no certificate of our own."""

    ca_file: str = ""
    ca_directory: str = ""
    certificate_file: str = ""
    key_file: str = ""
    key_password: str = ""
    checks_name: bool = True


def tls_terms(options: Mapping[str, Any], environment: Mapping[str, str]) -> TlsTerms:
    """What a URL's options say, and the environment where they do not.

    Raises :class:`TlsFilesError` for options that would verify nothing.
    """
    if options.get("ssl_cert_reqs", "required") not in {"required", ssl.CERT_REQUIRED}:
        raise TlsFilesError("ssl_cert_reqs", "certificates are always verified; name their CA")
    files = {
        option: options.get(option) or environment.get(variable, "")
        for option, variable in ENVIRONMENT.items()
    }
    return TlsTerms(
        ca_file=files["ssl_ca_certs"],
        ca_directory=options.get("ssl_ca_path") or "",
        certificate_file=files["ssl_certfile"],
        key_file=files["ssl_keyfile"],
        key_password=options.get("ssl_password") or "",
        checks_name=options.get("ssl_check_hostname", True) is not False,
    )


@lru_cache(CONTEXTS_MAX)
def tls_context(terms: TlsTerms) -> ssl.SSLContext:
    """How to connect on these terms; where they name CAs, no others are trusted.

    Raises :class:`TlsFilesError`. Files are read once: a certificate that is renewed needs a
    restart.
    """
    context = _trusting(terms)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = terms.checks_name
    if terms.certificate_file:
        show_certificate(
            context, terms.certificate_file, terms.key_file, password=terms.key_password
        )
    elif terms.key_file:
        raise TlsFilesError(terms.key_file, "a key needs its certificate (ssl_certfile)")
    return context


def _trusting(terms: TlsTerms) -> ssl.SSLContext:
    named = terms.ca_file or terms.ca_directory
    if terms.ca_directory and not Path(terms.ca_directory).is_dir():
        raise TlsFilesError(terms.ca_directory, "there is no such directory")
    try:
        return ssl.create_default_context(
            cafile=terms.ca_file or None, capath=terms.ca_directory or None
        )
    except OSError as error:  # an ssl.SSLError is one
        raise TlsFilesError(named, _reason(error, "it holds no certificate (PEM)")) from None


def show_certificate(
    context: ssl.SSLContext, certificate_file: str, key_file: str = "", *, password: str = ""
) -> None:
    """Have a context show a certificate, whose key stands in the same file or in another.

    Raises :class:`TlsFilesError`. Nobody is ever asked for a password on a terminal.
    """
    for file in filter(None, (certificate_file, key_file)):
        try:
            Path(file).open("rb").close()
        except OSError as error:
            raise TlsFilesError(file, _reason(error, "it cannot be read")) from None
    try:
        context.load_cert_chain(certificate_file, key_file or None, lambda: password)
    except (OSError, ValueError):
        files = f"{certificate_file}, {key_file or 'its key'}"
        raise TlsFilesError(
            files,
            "no certificate (PEM) with the key that belongs to it, or the key's password is wrong",
        ) from None


def trust(context: ssl.SSLContext, ca_file: str) -> None:
    """Have a context trust the CAs of a file. Raises :class:`TlsFilesError`."""
    try:
        context.load_verify_locations(cafile=ca_file)
    except OSError as error:  # an ssl.SSLError is one
        raise TlsFilesError(ca_file, _reason(error, "it holds no certificate (PEM)")) from None


def _reason(error: OSError, otherwise: str) -> str:
    if isinstance(error, ssl.SSLError) or not error.strerror:
        return otherwise
    return error.strerror[:1].lower() + error.strerror[1:]


def tls_fault(error: BaseException) -> str:
    """What was wrong with TLS, and what to do, where that is why something failed; else ""."""
    for reason in _reasons(error):
        if isinstance(reason, ssl.SSLCertVerificationError):
            return f"the server's certificate is not valid here: {_remedy(reason)}"
        if isinstance(reason, ssl.SSLError) and not isinstance(reason, _CUT_OFF):
            return _ALERTS.get(
                reason.reason or "",
                f"TLS failed ({reason.reason}): does the server speak it there?",
            )
    return ""


_CUT_OFF: Final = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
"""A connection that ended, as others do."""

NO_CERTIFICATE: Final = (
    "the server wants a certificate of ours that it trusts: name ssl_certfile and ssl_keyfile in "
    "the URL, or ONEQUEUE_REDIS_CERT_FILE and ONEQUEUE_REDIS_KEY_FILE"
)
"""What a server means that ends the connection at its begin; the alert that says so is often lost
with it."""

_ALERTS: Final[Mapping[str, str]] = {
    "TLSV13_ALERT_CERTIFICATE_REQUIRED": NO_CERTIFICATE,
    "TLSV1_ALERT_UNKNOWN_CA": NO_CERTIFICATE,
    "SSLV3_ALERT_BAD_CERTIFICATE": NO_CERTIFICATE,
    "SSLV3_ALERT_HANDSHAKE_FAILURE": NO_CERTIFICATE,
}


def _remedy(error: ssl.SSLCertVerificationError) -> str:
    detail = error.verify_message.rstrip(".")
    if "ismatch" in detail:
        return f"{detail}; use a name that stands in it"
    if "expired" in detail or "not yet valid" in detail:
        return f"{detail}; renew it, or set the clock"
    return f"{detail}; name its CA with ssl_ca_certs in the URL, or ONEQUEUE_REDIS_CA_FILE"


def _reasons(error: BaseException | None) -> Iterator[Any]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
