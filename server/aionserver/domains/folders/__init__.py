"""Folders: a tree in which files are kept, ten levels deep at most.

Files know their folder by its id and nothing else of it; so this noun stands above them, counts them and moves them.
Who changes a tenant's tree waits for whoever changes it already: so no two changes that are right alone make a cycle.
"""
