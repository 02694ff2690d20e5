"""HTTPS of the API: its own certificate, and whose certificates clients must show."""

from __future__ import annotations

import ssl

from adapters.api.settings import ServerSettings
from adapters.redis.tls import TlsFilesError, show_certificate, trust

__all__ = ("server_context",)


def server_context(settings: ServerSettings) -> ssl.SSLContext | None:
    """TLS 1.2 or newer with the files of the settings; None where they name none.

    Raises :class:`TlsFilesError`.
    """
    certificate, key, client_ca = settings.tls_cert, settings.tls_key, settings.tls_client_ca
    if certificate is None:
        for option, file in (("--tls-key", key), ("--tls-client-ca", client_ca)):
            if file is not None:
                raise TlsFilesError(str(file), f"{option} takes a certificate too: --tls-cert")
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    show_certificate(context, str(certificate), str(key or ""))
    if client_ca is not None:
        # the system's CAs certify anybody: only those that are named count
        context.verify_mode = ssl.CERT_REQUIRED
        trust(context, str(client_ca))
    return context
