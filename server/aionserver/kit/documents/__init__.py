"""Documents read: bytes of many formats become pages of blocks, in reading order."""
