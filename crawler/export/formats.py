"""Name the forms that what was crawled can be given."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from crawler.export.dump import Format
from crawler.export.jsonl import write_jsonl
from crawler.export.listed import write_csv, write_parquet, write_sqlite
from crawler.export.markdown import write_markdown
from crawler.export.pictures import write_pictures
from crawler.export.sitemap import write_sitemap
from crawler.export.wacz import write_wacz
from crawler.export.warc import write_warc
from crawler.export.zip import write_zip

__all__ = ["FORMATS"]

FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "jsonl": Format(summary="one object per URL", is_binary=False, write=write_jsonl),
        "csv": Format(summary="the same as a table", is_binary=False, write=write_csv),
        "sqlite": Format(summary="the same as a database", is_binary=True, write=write_sqlite),
        "parquet": Format(summary="the same for pandas, DuckDB, Spark", is_binary=True, write=write_parquet),
        "markdown": Format(
            summary="a folder of texts, the main content of each page",
            is_binary=True,
            write=write_markdown,
            is_folder=True,
        ),
        "pictures": Format(
            summary="a folder of PNGs, of pages crawled with --screenshots",
            is_binary=True,
            write=write_pictures,
            is_folder=True,
        ),
        "sitemap": Format(summary="the pages as a sitemap", is_binary=False, write=write_sitemap),
        "warc": Format(summary="the archive in one .warc.gz", is_binary=True, write=write_warc),
        "wacz": Format(
            summary="the archive to be replayed in a browser, as by ReplayWeb.page",
            is_binary=True,
            write=write_wacz,
        ),
        "zip": Format(
            summary="one file to browse anywhere, from its index.html", is_binary=True, write=write_zip
        ),
    }
)
"""By the name that `--format` takes."""
