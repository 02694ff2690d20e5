"""Attachments in our own folders, and nothing else, go with their customer."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.mail.files import Files
from adapters.mail.parsing import Part
from adapters.privacy.attached import AttachedFolder, file_of, folder_of, ours, unlink_attached
from adapters.privacy.said import Said
from tests.adapters.privacy.test_said import MIA, entry


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "kept"
    folder.mkdir()
    (tmp_path / "secret").write_text("not ours")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "file").write_text("not ours either")
    (folder / "way-out").symlink_to(tmp_path / "elsewhere")
    (folder / "link").symlink_to(tmp_path / "secret")
    (folder / "plain").write_text("ours")
    return folder


def test_what_a_mail_has_brought_is_deleted_with_its_folder(root: Path) -> None:
    part = Part(name="a bill.pdf", media_type="application/pdf", data=b"PDF")
    (told,) = Files(root).keep("<1@a>", [part])
    folders = (folder_of(str(root)),)
    found = ours(folders, [told["uri"]], ())
    (path,) = found.values()
    assert path.read_bytes() == b"PDF"
    assert unlink_attached(folders, found.values()) == 1
    assert not path.parent.exists()
    # killed and called again: it is gone already, and does not remain
    assert list(ours(folders, [told["uri"]], ())) == [told["uri"]]
    assert unlink_attached(folders, found.values()) == 0
    assert root.is_dir()


@pytest.mark.parametrize(
    "name",
    [
        "../secret",
        "x/../../secret",
        "%2e%2e/secret",
        "way-out/file",
        "link",
        "",
        ".",
        "..",
        "way-out",
        "a\0b",
    ],
)
def test_nothing_else_is_ever_touched(root: Path, name: str) -> None:
    folders = (AttachedFolder("https://files/f/", root), folder_of(str(root)))
    wanted = [f"https://files/f/{name}", f"file://{root}/{name}", f"https://files/f//{name}"]
    found = ours(folders, wanted, ())
    unlink_attached(folders, found.values())
    assert (root.parent / "secret").read_text() == "not ours"
    assert (root.parent / "elsewhere" / "file").read_text() == "not ours either"
    assert (root / "link").is_symlink()
    assert (root / "way-out").is_symlink()
    assert (root / "plain").exists()


def test_only_what_a_named_folder_has(root: Path) -> None:
    folders = (folder_of(f"https://files/f/={root}"),)
    assert file_of(folders, "https://files/f/plain") == root / "plain"
    assert file_of(folders, "https://other/f/plain") is None
    assert file_of(folders, f"file://{root}/plain") is None
    assert file_of((folder_of(str(root)),), f"file://host{root}/plain") is None
    assert ours(folders, ["https://files/f/plain"], {"https://files/f/plain"}) == {}
    for wrong in (f"{root}/none", f"no-uri={root}"):
        with pytest.raises(ValueError, match=r"directory|URI"):
            folder_of(wrong)


def test_what_others_have_too_is_known() -> None:
    said = Said(MIA, gone={"b"})
    for customer, names in (("max", "ac"), ("mia", "ab"), ("eve", "z")):
        attached = [{"uri": name} for name in names]
        said.in_dialogue("1-1", entry(customer_id=customer, attachments=attached))
    assert said.attached == {"a", "b"}
    assert said.shared == {"a"}
    assert said.remains == ["1 attachments, which their adapters keep: a"]
