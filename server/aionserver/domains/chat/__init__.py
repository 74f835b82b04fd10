"""Chat: conversations over the library, the answers in them as they are made, and plans that wait for a yes."""
