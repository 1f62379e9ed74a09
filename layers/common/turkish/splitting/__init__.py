"""Sentences of a Turkish text, whole or as it is being written: one rule for both."""

from common.turkish.splitting.buffer import SentenceBuffer, sentences

__all__ = ["SentenceBuffer", "sentences"]
