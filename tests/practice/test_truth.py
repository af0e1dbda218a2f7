import aiohttp

from crawler.practice.options import PracticeOptions
from crawler.practice.serving import PracticeSite, serve
from crawler.practice.truth import truth
from tests.practice.conftest import QUICK
from tests.practice.walk import is_html, walk_over


async def test_a_walk_over_the_links_finds_the_truth_and_nothing_else(
    site: PracticeSite, session: aiohttp.ClientSession
) -> None:
    expected = truth(site.url, QUICK)
    walk = await walk_over(session, expected.seed)
    good = {url for url, answer in walk.answers.items() if answer.status == 200}
    pages = {url for url in good if is_html(walk.answers[url])}
    redirected = set(walk.redirects)
    assert pages == expected.pages
    assert walk.redirects == expected.redirects
    assert {url: a.status for url, a in walk.answers.items() if a.status >= 400} == expected.failures
    assert (walk.embedded & good) - pages == expected.requisites
    assert good - pages - walk.embedded == expected.documents
    assert walk.embedded <= expected.requisites | expected.pages | redirected
    assert walk.manifests == expected.manifests
    assert walk.refused == expected.refused
    assert walk.nofollow == expected.nofollow
    assert walk.offsite == expected.offsite
    assert walk.schemes == {"mailto", "tel", "javascript", "data"}
    assert not [url for url in walk.answers if url.startswith(expected.never)]


async def test_unlinked_pages_are_found_through_sitemaps_alone(
    site: PracticeSite, session: aiohttp.ClientSession
) -> None:
    expected = truth(site.url, QUICK)
    walk = await walk_over(session, expected.seed)
    assert expected.unlinked <= walk.listed
    texts = b"".join(answer.body for answer in walk.answers.values())
    assert not [url for url in expected.unlinked if url.removeprefix(site.url).encode() in texts]


async def test_the_site_is_as_large_as_promised(site: PracticeSite) -> None:
    expected = truth(site.url, QUICK)
    assert 35 <= len(expected.pages) <= 60
    assert len(expected.requisites) > 35


async def test_what_is_refused_or_nofollow_answers_all_the_same(
    site: PracticeSite, session: aiohttp.ClientSession
) -> None:
    expected = truth(site.url, QUICK)
    for url in expected.refused | expected.nofollow:
        async with session.get(url) as response:
            assert response.status == 200


async def test_nothing_lies_behind_what_only_looks_like_a_link(
    site: PracticeSite, session: aiohttp.ClientSession
) -> None:
    async with session.get(truth(site.url).never + "from-a-comment") as response:
        assert response.status == 404


def test_troubles_that_never_heal_are_failures() -> None:
    options = PracticeOptions(failing_asks=None, reset_asks=None, truncated_asks=None)
    failures = truth("http://h:1", options).failures
    assert failures["http://h:1/wrecks/doctor"] == 503
    assert failures["http://h:1/wrecks/cable"] == failures["http://h:1/wrecks/half"] == 0
    assert not failures.keys() & truth("http://h:1", options).pages


def test_base_url_may_end_in_a_slash() -> None:
    assert truth("http://h:1/") == truth("http://h:1")


def test_the_offsite_redirect_follows_the_option() -> None:
    expected = truth("http://h:1", PracticeOptions(offsite_url="http://localhost:5/x"))
    assert expected.redirects["http://h:1/moved/mainland"] == "http://localhost:5/x"
    assert "http://localhost:5/x" in expected.offsite


async def test_the_trap_is_linked_nofollow_and_has_no_end(session: aiohttp.ClientSession) -> None:
    options = PracticeOptions(traps=True, slow_seconds=0, drip_seconds=0)
    async with serve(options=options) as site:
        expected = truth(site.url, options)
        walk = await walk_over(session, expected.seed)
        assert expected.trap in walk.nofollow
        assert not [url for url in walk.answers if url.startswith(expected.trap)]
        for path in ["", "?month=-7", "deeper/deeper/?month=999"]:
            async with session.get(expected.trap + path) as response:
                assert response.status == 200
                assert "deeper/" in await response.text()
        for path in ["?month=x", "deeper", "?month=1&y=2"]:
            async with session.get(expected.trap + path) as response:
                assert response.status == 404


async def test_without_the_option_there_is_no_trap(
    site: PracticeSite, session: aiohttp.ClientSession
) -> None:
    assert truth(site.url).trap == ""
    async with session.get(site.url + "trap/") as response:
        assert response.status == 404
