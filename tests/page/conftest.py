"""One Chromium for all tests of a module, and pages that tell when they do what no page may."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Dialog, Page, sync_playwright

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
ALONE = (
    *("--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync"),
)


@dataclass
class Opened:
    """A page in the browser, and what it did besides showing itself: nothing of that is allowed."""

    page: Page
    misdeeds: list[str] = field(default_factory=list)

    def dismiss(self, dialog: Dialog) -> None:
        """Close a dialog, which would hold everything up."""
        self.misdeeds.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    @property
    def shown(self) -> list[str]:
        """The rules of the findings that can be seen."""
        return self.page.locator("article.finding:visible h3, #rest .rule:visible").all_inner_texts()

    def count(self, selector: str) -> int:
        """Return how many elements of a kind can be seen."""
        return self.page.locator(f"{selector}:visible").count()

    @property
    def overflow(self) -> int:
        """By how much the page is wider than the window."""
        by: int = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        return by


Opens = Callable[..., Opened]
"""Opens the text of a page from a file, in a window of a width and a colour scheme."""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium is installed here")
    with sync_playwright() as playwright:
        # Root may not use Chromium's sandbox, and containers often have none.
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ALONE, chromium_sandbox=False)
        yield chromium
        chromium.close()


@pytest.fixture
def opens(browser: Browser, tmp_path: Path) -> Iterator[Opens]:
    contexts = []

    def opened(text: str, *, width: int = 1280, dark: bool = False, fragment: str = "", script: bool = True) -> Opened:
        path = tmp_path / "index.html"
        path.write_text(text, "utf-8")
        context = browser.new_context(
            viewport={"width": width, "height": 900},
            color_scheme="dark" if dark else "light",
            permissions=["clipboard-read", "clipboard-write"],
            java_script_enabled=script,
        )
        contexts.append(context)
        page = context.new_page()
        watched = Opened(page)
        page.on("console", lambda said: watched.misdeeds.append(f"console: {said.text}"))
        page.on("pageerror", lambda error: watched.misdeeds.append(f"error: {error}"))
        page.on("dialog", watched.dismiss)
        page.on("request", lambda request: watched.misdeeds.append(f"request: {request.url[:80]}"))
        page.goto(path.as_uri() + fragment)
        watched.misdeeds.remove(f"request: {(path.as_uri() + fragment)[:80]}")
        return watched

    yield opened
    for context in contexts:
        context.close()
