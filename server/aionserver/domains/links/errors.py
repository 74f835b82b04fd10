"""What can be wrong with a link."""

from aionserver.infra.errors import BadRequest, RateLimited


class NotALink(BadRequest):
    """The file is no link."""

    code = "NOT_A_LINK"


class CrawlUnderWay(BadRequest):
    """The page is being fetched already."""

    code = "CRAWL_UNDER_WAY"


class RecrawledTooSoon(RateLimited):
    """The page was fetched again less than an hour ago."""

    code = "RECRAWL_TOO_SOON"
