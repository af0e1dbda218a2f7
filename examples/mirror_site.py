"""Keep a copy of a site: `python mirror_site.py https://example.org/`. The same line continues and refreshes it."""

import asyncio
import sys

import crawler


async def main(url: str, output: str = "output") -> int:
    """Crawl, say each page as it is stored, and where the copy begins."""
    async with crawler.Crawl([url], output=output, max_pages=1000) as crawl:
        async for page in crawl:
            print(page.status, page.url, page.title)
    print(f"{crawl.report.counts.pages} pages; open {output}/index.html")
    return crawl.report.exit_code()


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*sys.argv[1:])))
