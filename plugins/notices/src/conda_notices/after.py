"""Shows, after a command that changed an environment, the notices that were not shown yet."""

from __future__ import annotations

import os

from conda_kernel.errors import CondaError
from conda_kernel.model.event import Shown, Told
from conda_kernel.plugin_index import user_cache_folder
from conda_kernel.setting import Setting, whole
from conda_kernel.settings import JSON, OFFLINE, QUIET

TYPE_CHECKING = False
if TYPE_CHECKING:
    from conda_kernel.kernel import Kernel
    from conda_kernel.model.event import Event

NUMBER_OF_NOTICES = Setting(
    "number_channel_notices", whole, default=5, description="how many notices are shown after a command; 0: none"
)


def tell_notices(kernel: Kernel) -> tuple[Event, ...]:
    """Return the most important notices that were not shown yet, as many as the settings allow.

    Channels are asked once a day. Nothing that goes wrong is an error of the command; it is told with `-v`.
    """
    context = kernel.context
    most = context[NUMBER_OF_NOTICES]
    folder = user_cache_folder(context.environ)
    if most <= 0 or folder is None or context[JSON] or context[OFFLINE] or context[QUIET]:
        return ()
    from conda_notices.channel_notices import ChannelNotices  # noqa: PLC0415 - often there is nothing to look for
    from conda_notices.notice import most_important_first  # noqa: PLC0415 - as above
    from conda_notices.notice_cache import NoticeCache  # noqa: PLC0415 - as above
    from conda_notices.views import views  # noqa: PLC0415 - as above

    cache = NoticeCache(os.path.join(folder, "notices"))
    try:
        found = ChannelNotices(kernel, cache).gathered(asks_again=False)
    except CondaError as error:
        return (Told(f"notices of channels: {error}", level=1),)
    seen = cache.seen()
    unseen = [notice for notice in found.notices if notice.key not in seen]
    chosen = set(most_important_first(unseen)[:most])
    shown = [notice for notice in unseen if notice in chosen]
    cache.note_seen(notice.key for notice in shown)
    told = tuple(Told(f"notices of channels: {failure}", level=1) for failure in found.failures)
    return (*told, Shown(views(shown))) if shown else told
