"""Search: the vectors of pictures, and finding pictures by words over vectors and texts together."""
