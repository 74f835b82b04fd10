"""What agents do with files: reports, analyses of documents, order in folders."""
