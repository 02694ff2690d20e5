"""Rule files: every fault is told with its line, before anything is asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.documents.faults import DocumentUnreadableError
from adapters.edge.document import EdgeFileError, load_edge_rules, parse_edge_rules

HERE = "tests.adapters.edge.routing_functions"


def rule(*lines: str) -> str:
    return "\n    ".join(("rules:\n  - name: who", *lines))


def test_a_whole_rule(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SECRET", "s3cret")
    (tmp_path / "token").write_text("abc")
    (found,) = parse_edge_rules(
        rule(
            "when: interaction.channel == 'voice' && interaction.number.startsWith('+49')",
            "webhook:",
            "  url: https://crm.example/route?v=2",
            "  secret: {env: SECRET}",
            f"  headers: {{Authorization: {{file: {tmp_path / 'token'}}}}}",
            "  retries: 1",
            "deadline_s: 0.5",
            "default: {queue: general, priority: 2, requirements: [{skill: german, level: 3}]}",
            "then: continue",
        )
    ).rules
    assert (found.deadline_s, found.then, found.concurrency) == (0.5, "continue", 16)
    answer = found.default.answer()
    assert (answer.queue, answer.priority, answer.requirements[0].level) == ("general", 2, 3)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rules: []", "1:8: rules: should have at least 1 item"),
        ("- a", "expected a map with rules"),
        (rule(), "give webhook or function"),
        (rule(f"function: {HERE}:fails", "webhook: {url: 'http://a'}"), "give webhook or function"),
        (rule("function: fails"), "3:15: rules.0.function: 'fails' cannot be this"),
        (rule(f"function: {HERE}:nobody"), "3:15: rules.0.function: "),
        (rule(f"function: {HERE}:number"), "cannot be called"),
        (rule("webhook: {url: 'ftp://a/b'}"), "3:20: rules.0.webhook.url: write https://"),
        (rule("webhook: {url: 'https://me:pw@a/b'}"), "no user or password in a URL"),
        (rule("webhook: {url: 'https://a:0x/b'}"), "this is no URL"),
        (rule("webhook: {url: 'https://a/b#c'}"), "without spaces, fragment or port 0"),
        (rule("webhook: {url: 'https://a/b\u00e4'}"), "plain ASCII"),
        (rule("webhook: {url: 'https://a', secret: s3cret}"), "expected a map of fields"),
        (
            rule("webhook: {url: 'https://a', secret: {env: NOT_SET}}"),
            "NOT_SET: there is no secret",
        ),
        (rule("webhook: {url: 'https://a', secret: {}}"), "give env"),
        (rule("webhook: {url: 'https://a', headers: {Host: {env: X}}}"), "the edge's own"),
        (rule("webhook: {url: 'https://a', headers: {A: {file: /no/file}}}"), "No such file"),
        (rule("webhook: {url: 'https://a', retries: 2}"), "less than or equal to 1"),
        (rule(f"function: {HERE}:fails", "deadline_s: 31"), "less than or equal to 30"),
        (rule(f"function: {HERE}:fails", "when: agent.site == 'b'"), "there is no agent yet"),
        (rule(f"function: {HERE}:fails", "default: {channel: chat}"), "there is no such field"),
        (rule(f"function: {HERE}:fails") + rule(f"function: {HERE}:fails")[6:], "are named 'who'"),
    ],
)
def test_faults(text: str, message: str) -> None:
    with pytest.raises(EdgeFileError) as caught:
        parse_edge_rules(text)
    assert message in str(caught.value)
    assert "s3cret" not in str(caught.value).replace("'s3cret'", "")


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(DocumentUnreadableError):
        load_edge_rules(tmp_path / "absent.yaml")


def test_a_secret_of_many_lines_is_refused(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("one\ntwo")
    text = rule(f"webhook: {{url: 'https://a', secret: {{file: {tmp_path / 'key'}}}}}")
    with pytest.raises(EdgeFileError, match="one line of printable ASCII"):
        parse_edge_rules(text)
