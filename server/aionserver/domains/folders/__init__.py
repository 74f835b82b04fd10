"""Folders: a tree in which files are kept."""
