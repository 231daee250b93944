"""A TikTok Shop on one machine: its product API with signatures, audits, limits, error codes and faults on request."""

from sandbox.tiktok.server import Sandbox
from sandbox.tiktok.shops import Shop

__all__ = ["Sandbox", "Shop"]
