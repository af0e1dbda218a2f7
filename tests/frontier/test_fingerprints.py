"""Fingerprints are the same everywhere and for ever: they lie in databases."""

from __future__ import annotations

from array import array

from hypothesis import given
from hypothesis import strategies as st

from crawler.frontier.fingerprints import fingerprint, holds, key_hash, pack, unpack

KEYS = st.lists(st.text(), max_size=50)


def test_the_check_value_of_crc_32() -> None:
    assert fingerprint("123456789") == 0xCBF43926


def test_packed_is_little_endian_ascending_distinct() -> None:
    assert pack(["a", "b", "a"]) == b"\xf9\xef\xbe\x71" + b"\x43\xbe\xb7\xe8"


def test_nothing_packs_to_nothing() -> None:
    assert pack([]) == b""
    assert list(unpack(b"")) == []


def test_a_torn_number_is_dropped() -> None:
    assert list(unpack(pack(["a", "b"])[:-1])) == list(unpack(pack(["a", "b"])[:4]))


@given(KEYS)
def test_unpack_gives_what_was_packed(keys: list[str]) -> None:
    assert list(unpack(pack(keys))) == sorted({fingerprint(key) for key in keys})


@given(KEYS)
def test_order_and_repetition_do_not_matter(keys: list[str]) -> None:
    assert pack(keys) == pack([*reversed(keys), *keys])


@given(st.characters(categories=["Cs"]))
def test_even_a_lone_surrogate_has_one(key: str) -> None:
    assert 0 <= fingerprint(key) < 1 << 32


def test_the_hash_of_a_key_is_the_same_for_ever() -> None:
    assert key_hash("http://a.example/x").hex() == "0a2f8e90f236d790afdaf8f50d5701c7"


@given(st.text(), st.text(), st.text(alphabet="abc.:1", min_size=1))
def test_keys_of_one_host_lie_together(one: str, other: str, host: str) -> None:
    first, second = (
        key_hash(f"{scheme}://{host}/{path}") for scheme, path in (("http", one), ("https", other))
    )
    assert first[:4] == second[:4]
    assert first[4:] != second[4:]
    assert len(first) == 16


@given(st.text(alphabet=st.characters()))
def test_every_text_has_a_hash(text: str) -> None:
    assert len(key_hash(text)) == 16


@given(st.sets(st.integers(0, 2**32 - 1), max_size=9), st.integers(0, 2**32 - 1))
def test_what_is_among_numbers(numbers: set[int], other: int) -> None:
    ascending = array("I", sorted(numbers))
    assert all(holds(ascending, number) for number in numbers)
    assert holds(ascending, other) == (other in numbers)
