"""Web chat: a WebSocket for visitors, a widget for any page, and the medium that joins them."""
