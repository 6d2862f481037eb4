"""Bayesian hierarchical models, by hand: the library of *Borrowing Strength*."""

__version__ = "0.1.0"
