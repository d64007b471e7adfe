"""Damages the corpus's documents in every way that offices, scanners, mail and malice do, and watches them being read.

A document comes of its recipe alone, a recipe of its seed alone: the same seed makes the same bytes again.
"""
