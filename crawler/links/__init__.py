"""Find the links of a response."""

from crawler.links.encoding import sniff_encoding
from crawler.links.reading import outlinks
from crawler.links.refresh import meta_refresh
from crawler.links.sitemap import sitemap
from crawler.links.srcset import srcset
from crawler.model import Outlink

__all__ = ["Outlink", "meta_refresh", "outlinks", "sitemap", "sniff_encoding", "srcset"]
