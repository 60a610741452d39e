"""YAML with positions."""

import pytest

from bot.config_yaml import Document, read_document, resolve_scalar


def read(text: str) -> Document:
    document, faults = read_document("f.yaml", text.encode())
    assert faults == []
    return document


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("5", 5),
        ("-5", -5),
        ("0", 0),
        ("1.50", 1.5),
        ("1e3", 1000.0),
        ("true", True),
        ("No", False),
        ("on", True),
        ("~", None),
        ("", None),
        ("NULL", None),
        ("007", "007"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("1:30", "1:30"),
        ("tRue", "tRue"),
        ("9" * 5000, "9" * 5000),
        ("2026-12-05", "2026-12-05"),
        (".inf", ".inf"),
        ("1.", "1."),
        ("y", "y"),
        ("1e999", "1e999"),
    ],
)
def test_plain_scalars_are_what_an_owner_means(text: str, value: object) -> None:
    resolved = resolve_scalar(text)
    assert (type(resolved), resolved) == (type(value), value)


def test_quoted_scalars_stay_text_and_keys_are_always_text() -> None:
    assert read("a: '5'\n2024: \"no\"\nyes: 1").value == {"a": "5", "2024": "no", "yes": 1}


def test_every_key_and_value_knows_its_place() -> None:
    document = read("rooms:\n  甲群: {a: [1, x]}\n")
    assert document.place(("rooms", "甲群"), of_key=True) == (2, 3)
    assert document.place(("rooms", "甲群", "a", 1)) == (2, 15)
    assert document.place(("rooms", "甲群", "absent", 3)) == (2, 7)
    assert document.texts["rooms", "甲群", "a", 1] == "x"


def test_anchors_and_merges_spare_repetition() -> None:
    document = read("a: &base {x: 1, y: 2}\nb:\n  <<: *base\n  y: 3\nc:\n  <<: [{z: 9}, *base]\n")
    assert document.value["b"] == {"x": 1, "y": 3}
    assert document.value["c"] == {"x": 1, "y": 2, "z": 9}


def test_block_texts_may_hold_what_would_be_a_slip_elsewhere() -> None:
    assert read("text: |\n  时间：今晚\n  -也可以\n").value == {"text": "时间：今晚\n-也可以\n"}


@pytest.mark.parametrize("text", ["[" * 500, "{a: " * 500, "a: &x [*x]", "a: &x {b: *x}", "- " * 500])
def test_deep_and_endless_structures_are_refused(text: str) -> None:
    document, faults = read_document("f.yaml", text.encode())
    assert document.value == {}
    assert len(faults) == 1


def test_a_huge_file_is_refused_before_it_is_parsed() -> None:
    _, (fault,) = read_document("f.yaml", b"a: " + b"x" * (1 << 20))
    assert "1 MB" in fault.message
