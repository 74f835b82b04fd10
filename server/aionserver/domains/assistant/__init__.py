"""The assistant: understands a request, uses tools on the library, and answers with citations of what it found."""
