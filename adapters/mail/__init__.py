"""E-mail: from a mailbox into conversations, and answers out by SMTP (docs/mail.md)."""
