"""Descriptions: what the neural networks see in a picture (facts), and the words made of it (descriptions)."""
