"""Depth is the least found: whatever the order in which answers come, it is the distance from the seeds."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from crawler.exchange import Request, Response
from crawler.model import State
from tests.web import OWN, Answer, Web, crawl, entries, entry_at, job_on, links, moved, page, tagged, typed

KINDS = ("page", "page", "page", "redirect", "stylesheet", "sitemap", "feed", "header")
NODES = 9


@dataclass(frozen=True)
class Site:
    """A graph of URLs: what each one is, where it leads, and whose answer comes first."""

    kinds: tuple[str, ...]
    leads_to: tuple[tuple[int, ...], ...]
    ranks: tuple[int, ...]

    def url(self, node: int) -> str:
        return f"{OWN}{node}"

    def steps(self, node: int) -> list[tuple[int, int]]:
        """Each node that this one leads to, and by how much deeper that lies."""
        kind, targets = self.kinds[node], self.leads_to[node]
        if kind == "redirect":
            return [(targets[0], 0)] if targets else []
        return [(target, self.cost(kind, target)) for target in targets]

    def cost(self, kind: str, target: int) -> int:
        is_embedded = kind == "stylesheet" or self.kinds[target] == "stylesheet"
        return 0 if kind != "sitemap" and kind != "feed" and kind != "header" and is_embedded else 1

    def distances(self) -> dict[int, int]:
        """Dijkstra's, over steps of 0 and 1."""
        found: dict[int, int] = {}
        waiting = deque([(0, 0)])
        while waiting:
            node, depth = waiting.popleft()
            if node in found:
                continue
            found[node] = depth
            for target, cost in self.steps(node):
                if cost:
                    waiting.append((target, depth + 1))
                else:
                    waiting.appendleft((target, depth))
        return found

    def answer(self, node: int) -> Answer:
        targets = [self.url(target) for target in self.leads_to[node]]
        match self.kinds[node]:
            case "redirect":
                return moved(targets[0]) if targets else page()
            case "stylesheet":
                return typed("".join(f"@import url('{url}');" for url in targets), "text/css")
            case "sitemap":
                entries = "".join(f"<url><loc>{url}</loc></url>" for url in targets)
                return typed(
                    f"<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{entries}</urlset>",
                    "text/xml",
                )
            case "feed":
                items = "".join(f"<item><link>{url}</link></item>" for url in targets)
                return typed(f"<rss version='2.0'><channel>{items}</channel></rss>", "application/rss+xml")
            case "header":
                told = ", ".join(f"<{url}>; rel=next" for url in targets)
                return typed(b"%PDF-1.4", "application/pdf", ("Link", told))
        anchors = [
            url
            for url, target in zip(targets, self.leads_to[node], strict=True)
            if self.kinds[target] != "stylesheet"
        ]
        styles = "".join(f'<link rel=stylesheet href="{url}">' for url in targets if url not in anchors)
        return page(*anchors, text=styles)

    def web(self) -> Web:
        return Web({self.url(node): self.answer(node) for node in range(len(self.kinds))})


@dataclass
class Order:
    """Holds back every answer until nothing else moves, then lets the one of the least rank go."""

    web: Web
    ranks: dict[str, int]
    held: Callable[[], int] = lambda: 0
    waiting: list[str] = field(default_factory=list)

    async def fetch(self, request: Request) -> Response:
        self.waiting.append(request.url)
        still = 0
        while still < 100:
            await asyncio.sleep(0)
            is_next = request.url == min(self.waiting, key=lambda url: self.ranks.get(url, 0))
            still = still + 1 if is_next and self.held() == len(self.waiting) else 0
        self.waiting.remove(request.url)
        return await self.web.fetch(request)


@st.composite
def sites(draw: st.DrawFn) -> Site:
    kinds = ("page", *draw(st.tuples(*[st.sampled_from(KINDS)] * (NODES - 1))))
    targets = st.lists(st.integers(0, NODES - 1), max_size=3, unique=True).map(tuple)
    ranks = draw(st.permutations(range(NODES)))
    return Site(kinds, draw(st.tuples(*[targets] * NODES)), tuple(ranks))


async def depths(site: Site, folder: Path, **options: Any) -> dict[str, int]:
    web = site.web()
    job = job_on(web, folder, site.url(0), **options)
    order = Order(web, {site.url(node): rank for node, rank in enumerate(site.ranks)})
    order.held = lambda: job._engine.held
    job._engine.fetch = order.fetch
    await job.run()
    return {url: entry.candidate.depth for url, entry in (await entries(folder)).items()}


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(site=sites(), archive=st.booleans())
def test_every_depth_is_the_distance_from_the_seed(site: Site, archive: bool) -> None:
    expected = {site.url(node): depth for node, depth in site.distances().items()}
    if not archive:
        # Without an archive the links in headers are not kept.
        site = replace(site, kinds=tuple("page" if kind == "header" else kind for kind in site.kinds))
        expected = {site.url(node): depth for node, depth in site.distances().items()}
    with TemporaryDirectory() as folder:
        assert asyncio.run(depths(site, Path(folder), archive=archive)) == expected


def far(node: str) -> dict[str, Answer | str]:
    """A site whose long way to a node is walked before the short one is known."""
    return {
        OWN: links("/1", "/slow"),
        f"{OWN}1": links("/2"),
        f"{OWN}2": links("/3"),
        f"{OWN}3": links(node),
        f"{OWN}slow": page(node),
    }


def web_with(node: str, answer: Answer, **more: Answer | str) -> Web:
    """`slow` is answered once `end` was asked for."""
    web = Web(
        {**far(node), f"{OWN}{node[1:]}": answer, **{f"{OWN}{name}": said for name, said in more.items()}}
    )
    short = page(node)

    async def last(_: object) -> Answer:
        while not web.count(f"{OWN}end"):
            await asyncio.sleep(0)
        return short

    web.says[f"{OWN}slow"] = last
    return web


@pytest.mark.parametrize("max_depth", [None, 5])
@pytest.mark.parametrize(
    "answer",
    [
        page("/end"),
        moved("/end"),
        typed("@import url(/end);", "text/css"),
        typed("<urlset><url><loc>http://127.0.0.1:8000/end</loc></url></urlset>", "text/xml"),
        typed(
            "<rss><channel><item><link>http://127.0.0.1:8000/end</link></item></channel></rss>", "text/xml"
        ),
        typed(b"%PDF-1.4", "application/pdf", ("Link", "</end>; rel=next")),
        typed("<svg xmlns='http://www.w3.org/2000/svg'><a href='/end'/></svg>", "image/svg+xml"),
    ],
    ids=["page", "redirect", "stylesheet", "sitemap", "feed", "header", "drawing"],
)
async def test_what_leads_on_hands_on_a_shorter_path(
    tmp_path: Path, answer: Answer, max_depth: int | None
) -> None:
    web = web_with("/node", answer, end=links())
    report = await crawl(web, tmp_path, OWN, max_depth=max_depth)
    node, end = await entry_at(tmp_path, f"{OWN}node"), await entry_at(tmp_path, f"{OWN}end")
    assert node.candidate.depth == 2
    assert node.state is State.DONE
    assert end.candidate.depth - 2 in {0, 1}
    assert web.count(f"{OWN}node") == web.count(f"{OWN}end") == 1
    assert report.counts.requests == len(web.asked)


@pytest.mark.parametrize("archive", [True, False])
async def test_links_that_are_not_to_be_followed_are_not_followed_the_second_time(
    tmp_path: Path, *, archive: bool
) -> None:
    header = (("X-Robots-Tag", "nofollow"),)
    web = Web({OWN: links("/1"), f"{OWN}1": links("/node"), f"{OWN}node": tagged(links("/end"), header)})
    await crawl(web, tmp_path, OWN, archive=archive)
    web.says[OWN] = links("/1", "/node")
    await crawl(web, tmp_path, OWN, archive=archive)
    node = await entry_at(tmp_path, f"{OWN}node")
    assert (node.candidate.depth, node.status) == (1, 304)
    assert f"{OWN}end" not in await entries(tmp_path)


async def test_a_shorter_path_holds_below_a_page_that_was_unchanged(tmp_path: Path) -> None:
    web = Web({OWN: tagged(links("/1")), f"{OWN}1": tagged(links("/2")), f"{OWN}2": tagged(links("/3"))})
    web.says[f"{OWN}3"] = links()
    await crawl(web, tmp_path, OWN)
    assert (await entry_at(tmp_path, f"{OWN}3")).candidate.depth == 3
    web.says[OWN] = tagged(links("/1", "/2"))
    await crawl(web, tmp_path, OWN)
    assert (await entry_at(tmp_path, f"{OWN}2")).status == 304
    assert (await entry_at(tmp_path, f"{OWN}3")).candidate.depth == 2
