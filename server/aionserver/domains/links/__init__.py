"""Links: pages of the web that somebody bookmarked, fetched once, described by their own words and found by them."""
