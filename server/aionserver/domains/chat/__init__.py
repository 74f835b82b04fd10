"""Chat: what a conversation over the library is made of; so far the search of its images."""
