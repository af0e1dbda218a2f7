"""The guard alone, and in front of a listener that counts who came through."""

from __future__ import annotations

import pytest

from crawler.errors import PermanentError, UsageError
from crawler.exchange import Request
from crawler.fetch.guard import AddressGuard, GuardedResolver
from crawler.urls import canonicalize, hostname, port
from tests.fetch.asking import Open
from tests.servers import OK, FakeResolver, raw_site, replying


def is_blocked(guard: AddressGuard, url: str) -> bool:
    canonical = canonicalize(url)
    assert canonical is not None
    try:
        guard.check_literal(hostname(canonical), port(canonical))
    except PermanentError as error:
        return error.failure == "blocked"
    return False


LOOPBACK_IN_DISGUISE = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://0x7f.1/",
    "http://0x7f000001/",
    "http://2130706433/",
    "http://017700000001/",
    "http://0177.0.0.1/",
    "http://127.0.0.1./",
    "http://%31%32%37.0.0.1/",
    "http://\uff11\uff12\uff17.0.0.1/",
    "http://127\u30020\u30020\u30021/",
    "http://0/",
    "http://[::1]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[::127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[2002:7f00:1::]/",
    "http://[2001:0:4136:e378:8000:63bf:80ff:fffe]/",
    "http://localhost/",
    "http://LOCALHOST./",
    "http://a.b.localhost/",
    "http://user@127.0.0.1/",
    "http://good.test@127.0.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fe80::1]/",
]


class TestLiterals:
    @pytest.mark.parametrize("url", LOOPBACK_IN_DISGUISE)
    def test_every_spelling_is_seen_through(self, url: str) -> None:
        assert is_blocked(AddressGuard(), url)

    @pytest.mark.parametrize(
        "url", ["http://8.8.8.8/", "http://[2606:4700::1111]/", "http://localhost.test/"]
    )
    def test_the_rest_passes(self, url: str) -> None:
        assert not is_blocked(AddressGuard(), url)

    def test_the_message_says_what_to_do(self) -> None:
        with pytest.raises(PermanentError, match=r"--allow-private 10\.0\.0\.1 would open it"):
            AddressGuard().check_literal("10.0.0.1", 80)


class TestOpening:
    @pytest.mark.parametrize(
        ("allowed", "url"),
        [
            ("10.0.0.1", "http://10.0.0.1/"),
            ("10.0.0.0/8", "http://10.1.2.3:81/"),
            ("10.1.2.3/8", "http://10.9.9.9/"),
            ("::1", "http://[::1]/"),
            ("[::1]", "http://[::1]:8080/"),
            ("fd00::/8", "http://[fd12::1]/"),
            ("10.0.0.0/8", "http://[::ffff:10.0.0.1]/"),
            ("localhost", "http://localhost:8000/"),
            ("LocalHost.", "http://localhost/"),
            ("127.1", "http://127.0.0.1/"),
        ],
    )
    def test_what_is_allowed_is_open(self, allowed: str, url: str) -> None:
        assert is_blocked(AddressGuard(), url)
        assert not is_blocked(AddressGuard([allowed]), url)

    @pytest.mark.parametrize(
        ("allowed", "url"),
        [
            ("10.0.0.1", "http://10.0.0.2/"),
            ("10.0.0.0/24", "http://10.0.1.0/"),
            ("::1", "http://127.0.0.1/"),
            ("127.0.0.1", "http://[::1]/"),
            ("localhost", "http://127.0.0.1/"),
            ("localhost", "http://a.localhost/"),
        ],
    )
    def test_and_nothing_else(self, allowed: str, url: str) -> None:
        assert is_blocked(AddressGuard([allowed]), url)

    def test_a_named_seed_opens_its_host_and_port_alone(self) -> None:
        guard = AddressGuard()
        guard.name("localhost", 8000)
        guard.name("::1", 8000)
        assert not is_blocked(guard, "http://localhost:8000/a")
        assert not is_blocked(guard, "http://localhost.:8000/a")
        assert not is_blocked(guard, "http://[::1]:8000/a")
        assert is_blocked(guard, "http://localhost:8001/a")
        assert is_blocked(guard, "http://localhost/a")
        assert is_blocked(guard, "http://127.0.0.1:8000/a")

    def test_a_name_of_another_alphabet_is_opened_as_it_is_asked_for(self) -> None:
        AddressGuard(["bücher.test"]).check("xn--bcher-kva.test", 80, "10.0.0.1")

    @pytest.mark.parametrize(
        "entry", ["", "10.0.0.0/33", "a/b", "host:8080", "http://x", "a b", "*.test", "u@h"]
    )
    def test_what_is_neither_host_nor_network_is_the_users_fault(self, entry: str) -> None:
        with pytest.raises(UsageError, match="allow-private"):
            AddressGuard([entry])


class TestResolver:
    async def resolve(self, guard: AddressGuard, *addresses: str) -> list[str]:
        resolver = GuardedResolver(guard, FakeResolver(site_test=[addresses]))
        return [each["host"] for each in await resolver.resolve("site.test", 80)]

    async def test_public_addresses_pass(self) -> None:
        assert await self.resolve(AddressGuard(), "1.1.1.1", "2606::1") == ["1.1.1.1", "2606::1"]

    @pytest.mark.parametrize(
        "private", ["10.0.0.1", "127.0.0.1", "::1", "fe80::1%2", "::ffff:10.0.0.1", "junk"]
    )
    async def test_one_private_address_refuses_all(self, private: str) -> None:
        for addresses in ((private,), ("1.1.1.1", private), (private, "1.1.1.1")):
            with pytest.raises(PermanentError, match="blocked"):
                await self.resolve(AddressGuard(), *addresses)

    async def test_an_opened_name_may_be_private(self) -> None:
        assert await self.resolve(AddressGuard(["site.test"]), "10.0.0.1") == ["10.0.0.1"]

    async def test_an_opened_network_holds_for_names(self) -> None:
        assert await self.resolve(AddressGuard(["10.0.0.0/8"]), "10.0.0.1") == ["10.0.0.1"]
        with pytest.raises(PermanentError):
            await self.resolve(AddressGuard(["10.0.0.0/8"]), "10.0.0.1", "192.168.0.1")

    async def test_without_another_the_system_is_asked(self) -> None:
        guard = AddressGuard()
        guard.name("localhost", 1)
        resolver = GuardedResolver(guard)
        assert "127.0.0.1" in {each["host"] for each in await resolver.resolve("localhost", 1)}
        with pytest.raises(PermanentError):
            await resolver.resolve("localhost", 2)
        await resolver.close()


class TestNothingConnects:
    @pytest.mark.parametrize(
        "host", ["127.0.0.1", "127.1", "0x7f.1", "2130706433", "0", "[::ffff:127.0.0.1]", "localhost"]
    )
    async def test_to_a_literal(self, client: Open, host: str) -> None:
        async with raw_site(replying(OK)) as site, client(guard=AddressGuard()) as asking:
            url = canonicalize(site.url(host=host))
            assert url is not None
            with pytest.raises(PermanentError, match="blocked"):
                await asking.fetch(Request(url=url))
        assert site.connections == 0

    @pytest.mark.parametrize("addresses", [["127.0.0.1"], ["1.1.1.1", "127.0.0.1"], ["::ffff:127.0.0.1"]])
    async def test_to_a_name_for_it(self, client: Open, addresses: list[str]) -> None:
        resolver = FakeResolver(evil_test=[addresses])
        async with raw_site(replying(OK)) as site, client(guard=AddressGuard(), resolver=resolver) as asking:
            for _ in range(2):
                with pytest.raises(PermanentError, match="blocked"):
                    await asking.fetch(Request(url=site.url(host="evil.test")))
        assert site.connections == 0

    async def test_to_another_port_of_a_seeds_host(self, client: Open) -> None:
        guard = AddressGuard()
        async with raw_site(replying(OK)) as seed, raw_site(replying(OK)) as other:
            guard.name("site.test", seed.port)
            resolver = FakeResolver(site_test=[["127.0.0.1"]])
            async with client(guard=guard, resolver=resolver) as asking:
                assert (await asking.fetch(Request(url=seed.url(host="site.test")))).body.read() == b"ok"
                with pytest.raises(PermanentError, match="blocked"):
                    await asking.fetch(Request(url=other.url(host="site.test")))
        assert (seed.connections, other.connections) == (1, 0)

    async def test_to_an_address_that_was_not_the_checked_one(self, client: Open) -> None:
        """Rebinding: the name is public when it is checked and private ever after."""
        # 127.0.0.9 stands for the public address: it is opened, and nobody listens there.
        guard = AddressGuard(["127.0.0.9"])
        resolver = FakeResolver(evil_test=[["127.0.0.9"], ["127.0.0.1"]])
        async with raw_site(replying(OK)) as site, client(guard=guard, resolver=resolver) as asking:
            failures = []
            for _ in range(2):
                with pytest.raises(Exception) as caught:
                    await asking.fetch(Request(url=site.url(host="evil.test")))
                failures.append(getattr(caught.value, "failure", None))
        assert site.connections == 0
        assert failures == ["connect", "connect"]
        assert resolver.asked == ["evil.test"]


def test_who_may_open_nothing_opens_nothing_by_naming_it() -> None:
    guard = AddressGuard(["10.0.0.0/8"], opens_named=False)
    guard.name("127.0.0.1", 8000)
    with pytest.raises(PermanentError, match="blocked"):
        guard.check_url("http://127.0.0.1:8000/")
    guard.check_url("http://10.1.2.3/")
