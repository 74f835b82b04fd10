"""Colours: which ones make up a picture, in shares, with names and families."""
