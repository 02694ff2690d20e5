"""YAML with places: what is refused, and where it says the fault stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.documents.marked_yaml import (
    FILE_BYTES_MAX,
    Place,
    YamlError,
    load_yaml,
    read_document,
)


def fault(text: str | bytes) -> YamlError:
    with pytest.raises(YamlError) as caught:
        load_yaml(text if isinstance(text, bytes) else text.encode())
    return caught.value


def test_every_path_has_its_place() -> None:
    document = load_yaml(b"a:\n  b: [1, two]\n  c: {d: x}\n")
    assert document.value == {"a": {"b": ["1", "two"], "c": {"d": "x"}}}
    assert document.place_of(("a", "b", 1)) == Place(2, 10)
    assert document.place_of(("a", "c", "d")) == Place(3, 10)
    assert document.place_of(("a", "c", "d"), of_key=True) == Place(3, 7)
    assert document.value_at(("a", "b", 1)) == "two"
    assert document.value_at(("a", "b", 9)) is None


def test_a_missing_field_is_placed_at_the_map_around_it() -> None:
    document = load_yaml(b"a: 1\nb:\n  c: 2\n")
    assert document.place_of(("b", "missing")) == Place(2, 1)
    assert document.place_of(("nothing", "here")) == Place(1, 1)


def test_scalars_stay_what_was_written() -> None:
    document = load_yaml(b"{no: yes, 911: 0x1F, 2024-01-01: 2023-99-99, e: 1:30, n: ~, o: }")
    assert document.value == {
        "no": "yes",
        "911": "0x1F",
        "2024-01-01": "2023-99-99",
        "e": "1:30",
        "n": None,
        "o": None,
    }


def test_merged_maps_give_way_to_own_keys() -> None:
    document = load_yaml(b"base: &b {x: 1, y: 2}\nown:\n  x: 9\n  <<: *b\n")
    assert document.value_at(("own",)) == {"x": "9", "y": "2"}
    assert document.place_of(("own", "x")) == Place(3, 6)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "'a' stands here twice, first in line 1"),
        ("a:\n\tb: 1\n", 2, "indent with spaces"),
        ("a: b: c\n", 1, "missing?"),
        ("a: [1,\n", 2, "not valid YAML"),
        ("a: *nowhere\n", 1, "undefined alias"),
        ("a: &a [*a]\n", 1, "contains itself"),
        ("a: &a {<<: *a}\n", 1, "nested too deep"),
        ("a: !!binary aGVsbG8=\n", 1, "the tag 'binary' is not read"),
        ("? [a, b]\n: 1\n", 1, "a key must be plain text"),
        ("a: \x07\n", 1, "has no place in YAML"),
        ("a: !!python/object:os.system x\n", 1, "the tag 'python/object:os.system' is not read"),
        ("a: {<<: 3}\n", 1, "merges maps only"),
        ("", 1, "empty"),
        ("[" * 100_000, 1, "nested too deep"),
    ],
)
def test_faults_say_what_and_where(text: str, line: int, words: str) -> None:
    error = fault(text)
    assert words in str(error)
    assert error.place is None or error.place.line == line


def test_bytes_that_are_no_text_are_placed() -> None:
    error = fault(b"a: 1\nb: \xff\n")
    assert "not UTF-8" in str(error)
    assert error.place == Place(2, 4)


def test_multiplying_aliases_are_stopped() -> None:
    lines = ["a: &a [1, 2, 3, 4, 5, 6, 7, 8]"]
    for before, name in zip("abcdefg", "bcdefgh", strict=True):
        lines.append(f"{name}: &{name} [{', '.join([f'*{before}'] * 8)}]")
    assert "aliases written out" in str(fault("\n".join(lines)))


def test_a_huge_file_is_not_parsed(tmp_path: Path) -> None:
    path = tmp_path / "huge.yaml"
    path.write_bytes(b"#" * (FILE_BYTES_MAX + 1))
    with pytest.raises(YamlError, match="larger than"):
        read_document(path)


def test_a_byte_order_mark_is_no_content() -> None:
    assert load_yaml(b"\xef\xbb\xbfa: 1").value == {"a": "1"}
