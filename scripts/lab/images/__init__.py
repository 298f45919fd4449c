"""Host images: built from recipes in git and the machine's own package sources, cached by the recipe's hash.

`ensure()` returns an image for each kind and builds missing ones; `load()` loads them into an engine.
"""

from lab.images.build import ensure
from lab.images.image import BuiltImage
from lab.images.load import load

__all__ = ["BuiltImage", "ensure", "load"]
