"""What a person's hands do on our pages, as the browser itself hears it: choices, texts and presses."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from playwright.sync_api import BrowserContext

LISTENING = """
(() => {
  const CHOICE = "select, [type=radio], [type=checkbox]";
  const TEXT = "textarea, input:not([type=radio], [type=checkbox])";
  const listen = (event, kind, find) => addEventListener(event, (heard) => {
    const part = find(heard.target);
    if (part && heard.isTrusted) window.__handDid(kind, part.id || part.name || "", location.href);
  }, true);
  listen("click", "press", (at) => at.closest("button, a, summary, [type=submit]"));
  listen("change", "choice", (at) => at.closest(CHOICE));
  listen("input", "text", (at) => at.closest(TEXT));
})();
"""


class Hands:
    """Of one browser profile, from now on; a text is one field, however many keys it took."""

    def __init__(self, context: BrowserContext, ours: str) -> None:
        self._ours = ours
        self._done: list[tuple[str, str]] = []
        context.expose_binding("__handDid", self._heard)
        context.add_init_script(LISTENING)

    def did(self) -> Mapping[str, int]:
        """How many of each since the last time this was asked."""
        done, self._done = self._done, []
        texts = {each for each in done if each[0] == "text"}
        return Counter(kind for kind, _ in [*texts, *(each for each in done if each[0] != "text")])

    def _heard(self, _source: Mapping[str, Any], kind: str, part: str, address: str) -> None:
        if address.startswith(self._ours):
            self._done.append((kind, part))
