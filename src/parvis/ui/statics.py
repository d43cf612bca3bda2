"""Where the browser finds our stylesheets, scripts and pictures: addresses that change with what they hold."""

from functools import cache

from whitenoise.storage import CompressedManifestStaticFilesStorage


class Statics(CompressedManifestStaticFilesStorage):
    """WhiteNoise's storage, whose addresses are worked out once by each process: a page of the staff holds fifteen."""

    def url(self, name: str | None, force: bool = False) -> str:
        """The address of a file of the manifest; ValueError when it has none."""
        return _address(self, name, force)

    def first_url(self, name: str | None, force: bool) -> str:
        """The same, worked out."""
        return str(super().url(name, force))


@cache
def _address(storage: Statics, name: str | None, force: bool) -> str:
    return storage.first_url(name, force)
