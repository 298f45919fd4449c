"""The proof of a whole estate: what its hosts' rules really let through, compared with its flows, for all packets."""

from policies.proof.estate.answer import as_json, as_text, not_made, refused
from policies.proof.estate.judging import FIRST, FULL, Answer, Depth, Mode, prove, prove_listed
from policies.proof.estate.listing import NotListedError, listings, rendered

__all__ = [
    "FIRST",
    "FULL",
    "Answer",
    "Depth",
    "Mode",
    "NotListedError",
    "as_json",
    "as_text",
    "listings",
    "not_made",
    "prove",
    "prove_listed",
    "refused",
    "rendered",
]
