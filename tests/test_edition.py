"""The mirror's edition of a body: the same bytes, its references led into the dump."""

from __future__ import annotations

from crawler.addresses import Addresses
from crawler.edition import edit, pack_targets
from crawler.frontier.fingerprints import fingerprint, unpack
from crawler.links.reading import read_document
from crawler.offers import Offers

URL = "http://a.example/dir/"
PATH = "a.example/dir/index.html"
BODY = b"<p><a href='/in?x=1#part'>in</a> <a href=/out>out</a> <a href='mailto:x'>m</a>\xff</p>"
IN, OUT = "http://a.example/in?x=1", "http://a.example/out"


def offers(*, accepted: tuple[str, ...] = (IN,), left_out: tuple[str, ...] = (OUT,)) -> Offers:
    return Offers(
        found=(),
        refused={},
        accepted={url: url for url in accepted},
        left_out={url: url for url in left_out},
    )


def edited(addresses: Addresses, judged: Offers) -> tuple[bytes, list[int]]:
    document = read_document(BODY, URL, "text/html", None)
    edition = edit(document, BODY, PATH, judged, addresses)
    assert edition.targets is not None
    return edition.body, list(unpack(edition.targets))


def test_what_belongs_is_relative_and_all_else_is_live() -> None:
    addresses = Addresses()
    body, targets = edited(addresses, offers())
    name = (addresses.of(IN) or "").rpartition("/")[2]
    assert body == BODY.replace(b"/in?x=1#part", f"../{name}#part".encode()).replace(
        b"href=/out", b'href="http://a.example/out"'
    )
    assert targets == sorted([fingerprint(IN), fingerprint(f"live {OUT}")])


def test_what_another_page_led_to_is_in_the_dump() -> None:
    addresses = Addresses()
    addresses.meet(OUT)
    body, targets = edited(addresses, offers())
    assert b'href="../out~.html"' in body
    assert targets == sorted([fingerprint(IN), fingerprint(OUT)])


def test_what_has_no_file_is_live() -> None:
    body, _ = edited(Addresses(), offers(accepted=(), left_out=(IN, OUT)))
    assert b"'http://a.example/in?x=1#part'" in body


def test_a_body_without_references_is_itself() -> None:
    edition = edit(None, b"\x89PNG", "a.example/x.png", offers(), Addresses())
    assert (edition.body, edition.targets) == (b"\x89PNG", None)


def test_each_key_is_packed_once() -> None:
    assert len(pack_targets(["a", "a", "b"], ["c", "c"])) == 12
    assert pack_targets([], []) == b""
