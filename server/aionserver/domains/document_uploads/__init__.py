"""Document uploads: presigned ways in for documents, one by one and in batches, and how far each is."""
