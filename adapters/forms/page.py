"""A form as a page without scripts, for whoever has none of their own."""

from __future__ import annotations

from html import escape
from typing import Final

from adapters.forms.fields import DAY, WINDOW, FieldSettings, FormSettings

__all__ = ("HONEYPOT", "PAGE_HEADERS", "TOKEN", "page_of")

HONEYPOT: Final = "website"
"""A field that people do not see: who fills it in is no person."""

TOKEN: Final = "token"  # noqa: S105  # the name of a field
PAGE_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'",
    "Cache-Control": "no-store",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
_TYPES: Final = {"email": "email", "phone": "tel", "file": "file"}
_STYLE: Final = (
    "body{font:1rem/1.5 system-ui;max-width:36rem;margin:2rem auto;padding:0 1rem}"
    "label{display:block;margin:1rem 0}input,select,textarea{display:block;width:100%;font:inherit;"
    "padding:.5rem;box-sizing:border-box}.w{position:absolute;left:-9999px}"
)


def page_of(form: FormSettings, token: str) -> str:
    """The page; a browser sends it where it came from."""
    title = escape(form.title or "Write to us")
    inputs = [_input(name, field) for name, field in form.fields.items()]
    if form.callback is not None:
        inputs.append(_label("Day", f'<input type="date" name="{DAY}" required>'))
        inputs.append(_label("Time", _select(WINDOW, form.callback.windows, is_required=True)))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8">'
        f'<meta name="viewport" content="width=device-width"><title>{title}</title>'
        f'<style>{_STYLE}</style><h1>{title}</h1><form method="post" enctype="multipart/form-data">'
        f'<input type="hidden" name="{TOKEN}" value="{escape(token)}">'
        f'<p class="w" aria-hidden="true"><input name="{HONEYPOT}" tabindex="-1" '
        f'autocomplete="off"></p>{"".join(inputs)}<button>Send</button></form></html>'
    )


def _input(name: str, field: FieldSettings) -> str:
    needed = " required" if field.required else ""
    if field.kind == "text":
        body = f'<textarea name="{name}" rows="6" maxlength="{field.characters_max}"{needed}>'
        body += "</textarea>"
    elif field.kind == "choice":
        body = _select(name, field.choices, is_required=field.required)
    else:
        kind = _TYPES.get(field.kind, "text")
        body = f'<input type="{kind}" name="{name}"{needed}>'
    return _label(field.label or name, body)


def _select(name: str, choices: tuple[str, ...], *, is_required: bool) -> str:
    needed = " required" if is_required else ""
    options = "".join(f"<option>{escape(each)}</option>" for each in ("", *choices))
    return f'<select name="{name}"{needed}>{options}</select>'


def _label(text: str, body: str) -> str:
    return f"<label>{escape(text)}{body}</label>"
