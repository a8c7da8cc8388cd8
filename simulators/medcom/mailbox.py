"""A mailbox of a practice or a municipality: threads as they came, duplicates put aside, and each message's answer."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from simulators.medcom import flaws, messages
from simulators.medcom.flaws import Flaw

Json = dict[str, Any]
Send = Callable[[Json, float], None]


class Policy(BaseModel):
    """How the next messages are acknowledged: `none` stays silent, `twice` sends the same answer in two envelopes."""

    model_config = ConfigDict(extra="forbid")
    answer: Literal["ok", "transient-error", "fatal-error", "none"] = "ok"
    error: str = "MSG_Mailbox_Out_Of_Operation"
    times: int = Field(default=1, ge=1)
    delay: float = Field(default=0.0, ge=0.0, le=600.0)
    twice: bool = False


@dataclass
class Thread:
    """`texts`: the newest segment of each message; `activities` by the Provenance of the message itself; `headers`:
    each message's MessageHeader.id; `citizen`: the Patient's number; `replies`: what was written back from here."""

    bundles: list[Json] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    activities: list[str] = field(default_factory=list)
    headers: list[str] = field(default_factory=list)
    replies: list[str] = field(default_factory=list)
    citizen: str = ""

    def shown(self) -> Json:
        return {"texts": self.texts, "activities": self.activities, "headers": self.headers}


class Mailbox:
    """Guarded by one lock; `send` brings a message home after a while. `has_record`: whether a number is known here;
    without it everybody's is."""

    def __init__(self, send: Send, has_record: Callable[[str], bool] = lambda number: True) -> None:
        self.lock = threading.RLock()
        self.threads: dict[str, Thread] = {}
        self.received: Counter[str] = Counter()  # sends by MessageHeader.id
        self.envelopes: list[str] = []
        self.acknowledged: list[Json] = []
        self._answers: dict[str, tuple[str, str]] = {}
        self._policies: list[Policy] = []
        self._send = send
        self._has_record = has_record
        self.flaw: Flaw = ""

    def plan(self, policy: Policy) -> None:
        with self.lock:
            self._policies.append(policy.model_copy())

    def reset(self) -> None:
        with self.lock:
            self.threads.clear()
            self.received.clear()
            self.envelopes.clear()
            self.acknowledged.clear()
            self._answers.clear()
            self._policies.clear()
            self.flaw = ""

    def take(self, bundle: Json) -> None:
        """Keep it, or put it aside, and acknowledge it: an acknowledgement never."""
        with self.lock:
            if messages.kind_of(bundle) == "acknowledgement-message":
                self.acknowledged.append(bundle)
                return
            header = messages.the(bundle, "MessageHeader")["id"]
            self.received[header] += 1
            self.envelopes.append(bundle["id"])
            policy = self._policy()
            answer = self._answer(header, bundle, policy)
            if policy.answer != "none" and self.flaw != "silent":
                for _ in range(2 if policy.twice else 1):
                    self._send(flaws.said(self.flaw, messages.acknowledgement(bundle, *answer)), policy.delay)

    def _policy(self) -> Policy:
        if not self._policies:
            return Policy()
        policy = self._policies[0]
        policy.times -= 1
        if policy.times == 0:
            self._policies.pop(0)
        return policy

    def _answer(self, header: str, bundle: Json, policy: Policy) -> tuple[str, str]:
        """A definite answer is given once and for all; only then does the message stand in its thread."""
        if header in self._answers and self.flaw != "doubles":
            return self._answers[header]
        wanted = "ok" if policy.answer == "none" else policy.answer
        faults = list(messages.faults_in(bundle))
        answer = ("fatal-error", "MSG_Datatype_Wrong") if faults else (wanted, policy.error)
        if not faults and self.flaw != "takes-anybody" and not self._has_record(messages.number_in(bundle)):
            answer = ("fatal-error", "MSG_NO_MATCH")
        if answer[0] != "transient-error":
            self._answers[header] = answer
        if answer[0] == "ok" and self.flaw != "loses":
            self._keep(bundle, header)
        return answer

    def _keep(self, bundle: Json, header: str) -> None:
        communication = messages.the(bundle, "Communication")
        name = flaws.thread_name(self.flaw, communication["identifier"][0]["value"])
        thread = self.threads.setdefault(name, Thread(citizen=messages.number_in(bundle)))
        own = [
            each for each in messages.resources(bundle, "Provenance") if each["target"][0]["reference"].endswith(header)
        ]
        thread.bundles.append(bundle)
        newest = communication["payload"][0 if self.flaw == "reads-oldest" else -1]
        thread.texts.append(flaws.kept_text(self.flaw, newest["contentString"]))
        thread.headers.append(header)
        thread.activities.append(own[0]["activity"]["coding"][0]["code"] if own else "")

    def reply(self, thread: str, text: str, times: int = 1, author: tuple[str, str] = ("Lise Hansen", "Læge")) -> str:
        """A person here answers the newest message; its MessageHeader.id. KeyError where there is no such thread."""
        with self.lock:
            made = messages.reply(self.threads[thread].bundles[-1], text, *author)
            self.threads[thread].replies.append(text)
            for _ in range(times):
                self._send(made, 0.0)
            return str(messages.the(made, "MessageHeader")["id"])
