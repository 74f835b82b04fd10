"""Descriptions: composed from facts, or written by a vision-language model behind an endpoint."""

from aionserver.models.captioning.contract import Describer, Description, PictureFacts, Statement, TokenCounts

__all__ = ["Describer", "Description", "PictureFacts", "Statement", "TokenCounts"]
