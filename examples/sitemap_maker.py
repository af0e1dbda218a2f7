"""Make the sitemap of a site: `python sitemap_maker.py https://example.org/ sitemap.xml`."""

import asyncio
import sys
import tempfile

import crawler
from crawler.cli.main import run


async def crawl_site(url: str, output: str) -> None:
    """Crawl the pages alone."""
    async with crawler.Crawl([url], output=output, assets=False, mirror=False, archive=False) as crawl:
        await crawl.run()


def main(url: str, path: str = "sitemap.xml") -> int:
    """Write the sitemap; the crawl itself is not kept."""
    with tempfile.TemporaryDirectory() as output:
        asyncio.run(crawl_site(url, output))
        return run(["export", output, "--format", "sitemap", "-O", path])


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
