"""Send a notice by the apprise library. A URL of it holds secrets: it is never shown, not by its errors either."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import TYPE_CHECKING

from specwitness.exceptions import AnnouncementError

if TYPE_CHECKING:
    from specwitness.report.notice import Notice


def send(notices: Sequence[Notice], urls: Sequence[str]) -> None:
    """Send every notice to every URL. Raises AnnouncementError, after all were tried, for one that does not take it."""
    try:
        import apprise
    except ImportError as error:
        hint = "Install it with pip install 'specwitness[notify]'"
        raise AnnouncementError("--notify", "the apprise library is not installed", hint) from error
    from specwitness.findings import Outcome

    # It logs parts of the URLs that it cannot use.
    logging.getLogger("apprise").disabled = True
    kinds = {
        Outcome.COMPATIBLE: apprise.NotifyType.SUCCESS,
        Outcome.INCOMPATIBLE: apprise.NotifyType.FAILURE,
        Outcome.INCONCLUSIVE: apprise.NotifyType.WARNING,
    }
    failed = set()
    for number, url in enumerate(urls, 1):
        # In memory: some services would write what they know of a URL to the disk.
        service = apprise.Apprise(asset=apprise.AppriseAsset(storage_mode=apprise.PersistentStoreMode.MEMORY))
        known = service.add(url)
        for notice in notices:
            sent = known and service.notify(
                body=notice.text,
                title=notice.title,
                notify_type=kinds[notice.outcome],
                body_format=apprise.NotifyFormat.TEXT,
            )
            if not sent:
                failed.add(number)
    if failed:
        which = ", ".join(map(str, sorted(failed)))
        raise AnnouncementError(
            f"--notify (URL {which} of {len(urls)}, which is not shown)",
            "the notice was not taken",
            "See that it is a URL of apprise that still works: https://github.com/caronc/apprise/wiki",
        )
