"""Sentences in Chinese and English, and the locations in files that they refer to."""
