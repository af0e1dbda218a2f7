"""Take what only scripts show: `python rendered_deals.py https://shop.example/deals`; needs `crawler[browser]`."""

import asyncio
import json
import sys
from pathlib import Path

import crawler

RULES = Path(__file__).with_name("deals_rules.toml")


async def main(url: str, output: str = "output") -> int:
    """Print each deal as a line of JSON; links that only a script makes are followed, too."""

    async def show(item: crawler.Item) -> None:
        print(json.dumps({**item.values, "at": item.source_url}))

    async with crawler.Crawl(
        [url], output=output, render="auto", scope="prefix", rules=str(RULES), on_item=show
    ) as crawl:
        report = await crawl.run()
    for warning in report.warnings:
        print(warning, file=sys.stderr)
    return report.exit_code()


if __name__ == "__main__":
    sys.exit(asyncio.run(main(*sys.argv[1:])))
