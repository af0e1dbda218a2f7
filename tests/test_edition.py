"""The mirror's edition of a body: the same bytes, its references led into the dump."""

from __future__ import annotations

from collections.abc import AsyncIterator

from crawler.addresses import Addresses
from crawler.body import Body
from crawler.edition import edit, pack_targets
from crawler.frontier.fingerprints import fingerprint, unpack
from crawler.links.findings import Text
from crawler.model import Candidate, Lease
from crawler.offers import Offers
from crawler.study import AsSent, Study
from crawler.turns import Turns

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


async def gone(key: str) -> AsyncIterator[tuple[str, None]]:
    yield key, None


def leased(url: str) -> Lease:
    candidate = Candidate(url=url, key=url, host="a.example", depth=1, hops="L")
    return Lease(candidate=candidate, token=1, attempt=1, expires_at=0)


async def edited(addresses: Addresses, judged: Offers) -> tuple[bytes, list[int]]:
    async with Study() as study, study.read(Text(url=URL, media_type="text/html"), Body.of(BODY)) as reading:
        edition = await edit(reading, PATH, judged, addresses, study.turns)
    assert edition.targets is not None
    return edition.body.read(), list(unpack(edition.targets))


async def test_what_belongs_is_relative_and_all_else_is_live() -> None:
    addresses = Addresses()
    body, targets = await edited(addresses, offers())
    name = (addresses.of(IN) or "").rpartition("/")[2]
    assert body == BODY.replace(b"/in?x=1#part", f"../{name}#part".encode()).replace(
        b"href=/out", b'href="http://a.example/out"'
    )
    assert targets == sorted([fingerprint(IN), fingerprint(f"live {OUT}")])


async def test_what_another_page_led_to_is_in_the_dump() -> None:
    addresses = Addresses()
    addresses.meet([OUT])
    body, targets = await edited(addresses, offers())
    assert b'href="../out~.html"' in body
    assert targets == sorted([fingerprint(IN), fingerprint(OUT)])


async def test_what_has_no_file_is_live() -> None:
    body, _ = await edited(Addresses(), offers(accepted=(), left_out=(IN, OUT)))
    assert b"'http://a.example/in?x=1#part'" in body


async def test_what_is_known_to_have_no_file_is_live_until_it_gets_one() -> None:
    addresses = Addresses()
    await addresses.load(gone(IN))
    body, targets = await edited(addresses, offers(left_out=()))
    assert b"'http://a.example/in?x=1#part'" in body
    # The second is that of OUT, which nobody accepted.
    assert targets == sorted([fingerprint(f"live {IN}"), fingerprint(f"live {OUT}")])


async def test_what_redirects_to_what_has_no_file_yet_hangs_on_the_redirect() -> None:
    addresses = Addresses()
    await addresses.load(gone(OUT))
    addresses.redirect(leased(IN), OUT, is_followed=True)
    body, targets = await edited(addresses, offers(left_out=()))
    assert b"'http://a.example/in?x=1#part'" in body
    assert fingerprint(IN) in targets


async def test_a_body_without_references_is_itself() -> None:
    body = Body.of(b"\x89PNG")
    edition = await edit(AsSent(body), "a.example/x.png", offers(), Addresses(), Turns())
    assert edition.body is body
    assert edition.targets is None


async def test_a_link_leads_to_what_stands_in_for_it_and_a_requisite_to_itself() -> None:
    body = b"<a href=/x?sid=1>x</a> <img src=/y?sid=1> <form action=/z?sid=1></form>"
    x, y, z = (f"http://a.example/{name}" for name in "xyz")
    judged = Offers(found=(), refused={}, accepted={f"{x}?sid=1": x, f"{y}?sid=1": f"{y}?sid=1"}, left_out={})
    addresses = Addresses(stand_in=lambda url: url.removesuffix("?sid=1"))
    addresses.meet([z])
    async with Study() as study, study.read(Text(url=URL, media_type="text/html"), Body.of(body)) as reading:
        edition = await edit(reading, PATH, judged, addresses, study.turns)
    own = (addresses.of(f"{y}?sid=1") or "").rpartition("/")[2].replace("%", "%25")
    assert edition.body.read() == (
        b'<a href="../x~.html">x</a> <img src="../' + own.encode() + b'"> <form action="../z~.html"></form>'
    )
    assert list(unpack(edition.targets or b"")) == sorted(map(fingerprint, [x, f"{y}?sid=1", z]))


def test_each_key_is_packed_once() -> None:
    assert len(pack_targets(["a", "a", "b"], ["c", "c"])) == 12
    assert pack_targets([], []) == b""


async def test_names_that_may_be_free_are_promised() -> None:
    free = Addresses()
    name = free.of(IN) or ""
    async with Study() as study, study.read(Text(url=URL, media_type="text/html"), Body.of(BODY)) as reading:
        edition = await edit(reading, PATH, offers(), free, study.turns)
        taken = await edit(reading, PATH, offers(), Addresses(may_be_free=lambda _: False), study.turns)
    assert edition.promised == {name: IN}
    assert taken.promised == {}
    assert taken.body.read() == edition.body.read()


async def test_what_is_not_expected_to_land_is_live_until_it_does() -> None:
    addresses = Addresses()
    addresses.expect(0)
    body, targets = await edited(addresses, offers())
    assert b"'http://a.example/in?x=1#part'" in body
    assert targets == sorted([fingerprint(f"live {IN}"), fingerprint(f"live {OUT}")])
