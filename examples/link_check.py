"""Find dead links of one's own site, and their pages: `python link_check.py http://127.0.0.1:8000/`."""

import asyncio
import sys
import tempfile
from collections import defaultdict

import crawler


async def dead_links(url: str, output: str) -> dict[str, list[str]]:
    """Each dead URL with its pages; keeps nothing but the links."""
    sources: dict[str, list[str]] = defaultdict(list)
    failed: dict[str, crawler.Failure] = {}

    async def on_page(page: crawler.Page) -> None:
        for link in page.links:
            sources[link.url].append(page.url)

    async def on_failure(failure: crawler.Failure) -> None:
        failed[failure.url] = failure

    job = crawler.Crawl([url], output, on_page=on_page, on_failure=on_failure, mirror=False)
    async with job as crawl:
        await crawl.run()
    return {dead: sources.get(dead) or [why.via or "a seed"] for dead, why in sorted(failed.items())}


def main(url: str) -> int:
    """Print them; 1 if there are any."""
    with tempfile.TemporaryDirectory() as output:
        dead = asyncio.run(dead_links(url, output))
    for link, pages in dead.items():
        print(link, *(f"\n  on {page}" for page in pages))
    return int(bool(dead))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
