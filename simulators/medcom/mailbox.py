"""The practice's mailbox: threads as they came, duplicates put aside, and the acknowledgement each message gets."""

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from simulators.medcom import messages

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
    """`texts`: the newest segment of each message; `activities` by the Provenance of the message itself."""

    bundles: list[Json] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    activities: list[str] = field(default_factory=list)

    def shown(self) -> Json:
        return {"texts": self.texts, "activities": self.activities}


class Mailbox:
    """Guarded by one lock; `send` brings a message home after a while."""

    def __init__(self, send: Send) -> None:
        self.lock = threading.RLock()
        self.threads: dict[str, Thread] = {}
        self.received: Counter[str] = Counter()  # sends by MessageHeader.id
        self.envelopes: list[str] = []
        self.acknowledged: list[Json] = []
        self._answers: dict[str, tuple[str, str]] = {}
        self._policies: list[Policy] = []
        self._send = send

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
            if policy.answer != "none":
                for _ in range(2 if policy.twice else 1):
                    self._send(messages.acknowledgement(bundle, *answer), policy.delay)

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
        if header in self._answers:
            return self._answers[header]
        wanted = "ok" if policy.answer == "none" else policy.answer
        faults = list(messages.faults_in(bundle))
        answer = ("fatal-error", "MSG_Datatype_Wrong") if faults else (wanted, policy.error)
        if answer[0] != "transient-error":
            self._answers[header] = answer
        if answer[0] == "ok":
            self._keep(bundle, header)
        return answer

    def _keep(self, bundle: Json, header: str) -> None:
        communication = messages.the(bundle, "Communication")
        thread = self.threads.setdefault(communication["identifier"][0]["value"], Thread())
        own = [
            each for each in messages.resources(bundle, "Provenance") if each["target"][0]["reference"].endswith(header)
        ]
        thread.bundles.append(bundle)
        thread.texts.append(communication["payload"][-1]["contentString"])
        thread.activities.append(own[0]["activity"]["coding"][0]["code"] if own else "")

    def reply(self, thread: str, text: str, times: int = 1) -> str:
        """A person here answers the newest message; its MessageHeader.id. KeyError where there is no such thread."""
        with self.lock:
            made = messages.reply(self.threads[thread].bundles[-1], text)
            for _ in range(times):
                self._send(made, 0.0)
            return str(messages.the(made, "MessageHeader")["id"])
