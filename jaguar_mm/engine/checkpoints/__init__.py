"""Checkpoints: how they are written, read, found, published, and what they say of their training."""
