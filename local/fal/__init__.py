"""A stand-in for fal.ai on loopback: its four hosts, its queue, its webhooks, its errors, and its faults on demand.

Every fact of the wire is from fal's public documentation and clients; what those leave open is decided where it stands.
Tests embed `local.fal.stand_in.FalStandIn`; `make run` starts `python -m local.fal`.
"""
