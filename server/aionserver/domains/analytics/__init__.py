"""Analytics: usage told with what it was used for, file by file, conversation by conversation, and day by day."""
