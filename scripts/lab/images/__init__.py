"""Host images: recipes in git, built here from the machine's own package sources, cached by the recipe's hash.

`ensure()` gives an Image per kind, building what is missing; `load()` brings them into an engine.
"""

from lab.images.build import ensure
from lab.images.image import BuiltImage
from lab.images.load import load

__all__ = ["BuiltImage", "ensure", "load"]
