"""Shows what channels want their users to know."""

from __future__ import annotations

import os
from functools import partial
from tempfile import TemporaryDirectory

from conda_kernel.model.event import Warned
from conda_kernel.model.result import Result, Text
from conda_kernel.options import add_channels, add_network
from conda_kernel.plugin_index import user_cache_folder
from conda_notices.channel_notices import ChannelNotices
from conda_notices.notice_cache import NoticeCache
from conda_notices.views import views

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from conda_kernel.kernel import Kernel


class Notices:
    """The command `conda notices`."""

    def __init__(self, kernel: Kernel) -> None:
        self._tell = kernel.reporter.tell
        self._folder = user_cache_folder(kernel.context.environ)
        self._channel_notices = partial(ChannelNotices, kernel)

    @staticmethod
    def add_arguments(parser: ArgumentParser) -> None:
        """Declare the arguments of the command."""
        add_channels(parser)
        add_network(parser)

    def run(self, arguments: Namespace) -> Result:
        """Return all notices that hold, those too that were shown before; a channel that cannot be asked is told."""
        if self._folder is not None:
            return self._shown(NoticeCache(os.path.join(self._folder, "notices")))
        with TemporaryDirectory() as folder:
            return self._shown(NoticeCache(folder))

    def _shown(self, cache: NoticeCache) -> Result:
        found = self._channel_notices(cache).gathered(asks_again=True)
        for failure in found.failures:
            self._tell(Warned(str(failure), failure.hint))
        cache.note_seen(notice.key for notice in found.notices)
        shown = views(found.notices) or (Text("no channel has a notice"),)
        return Result([notice.as_json() for notice in found.notices], shown)
