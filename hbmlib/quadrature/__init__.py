"""Exact integrals over scales: axes, lattices, and the marginals that are read off them.

The posteriors of `hbmlib.exact` and `hbmlib.collapsed` are sums over lattices of scales; these
parts serve both.
"""
