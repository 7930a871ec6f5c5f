"""Static files as nginx serves them: named by their content, compressed beforehand."""

from typing import Any

from whitenoise.compress import Compressor  # type: ignore[import-untyped]  # has none
from whitenoise.storage import (  # type: ignore[import-untyped]  # has none
    CompressedManifestStaticFilesStorage,
)


class CollectedFiles(CompressedManifestStaticFilesStorage):
    """Without Brotli: nginx's own modules do not serve it.

    Compressing the workspace's scripts so takes nine tenths of the time that
    collecting takes.
    """

    def create_compressor(self, **options: Any) -> Compressor:
        return Compressor(**options, use_brotli=False)
