"""Documents: files that are read page by page, recognised where they are scans, and given back as text."""
