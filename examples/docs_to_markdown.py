"""Make a folder of Markdown from documentation: `python docs_to_markdown.py https://docs.example/ texts`."""

import asyncio
import sys

import crawler
from crawler.cli.main import run


async def main(url: str, output: str = "output") -> None:
    """Crawl what lies below the URL; without images and the like, which Markdown does not hold."""
    async with crawler.Crawl([url], output=output, scope="prefix", assets=False) as crawl:
        await crawl.run()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
    # The same as: crawler export output --format markdown -O texts
    sys.exit(run(["export", "output", "--format", "markdown", "-O", sys.argv[2]]))
