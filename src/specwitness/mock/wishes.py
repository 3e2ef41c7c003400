"""The answers that clients wish for with `Prefer`: a documented status, a named example or state, a generated body."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from zlib import crc32

from specwitness.contract import pointers
from specwitness.contract.lifecycle import Lifecycle
from specwitness.contract.model import Contract, Operation
from specwitness.contract.pointers import look
from specwitness.mock.answers import Answers
from specwitness.mock.bodies import Body
from specwitness.mock.prefer import Wish, WishError

_SEEDS = 8
"""For how many seeds that clients name the prepared answers are kept."""


class Wishes:
    """Chooses the answers of one contract that clients wish for."""

    def __init__(self, contract: Contract, answers: Answers) -> None:
        """Take the answers of the mock's own seed; those of another are prepared when it is named."""
        self._contract = contract
        self._answers = answers
        self._seeded = lru_cache(_SEEDS)(lambda seed: Answers(contract, seed=seed))
        self._turns: Counter[str] = Counter()

    def reset(self) -> None:
        """Start again with the first of the generated bodies."""
        self._turns.clear()

    def chosen(self, operation: Operation, wish: Wish, lifecycle: Lifecycle | None) -> tuple[int, Body | None] | None:
        """Return the status and body of the wished answer, or None where the usual answer is what is wished for.

        Raises WishError for a status or example that the operation does not document.
        """
        if wish.example is not None:
            return self._example(operation, wish, wish.example, lifecycle)
        success = operation.good_status
        status = wish.code or success
        if operation.response_for(status) is None:
            raise WishError(
                f"Prefer: code={status}: {operation.key} documents {', '.join(operation.responses) or 'no status'}"
            )
        generated = wish.dynamic is not None or wish.seed is not None
        if status == success and not generated:
            return None
        if not generated:
            bodies = self._answers.refusal(operation.key, status, None, f"Prefer: code={status}")
            return status, bodies or self._one(self._answers.bodies(operation.key, status), 0)
        answers = self._answers if wish.seed is None else self._seeded(wish.seed)
        store = lifecycle.store if lifecycle else None
        if status == success and store is not None and operation.key in store.overviews:
            return None  # What there is decides it, not a seed.
        turn = 0 if wish.seed is None else crc32(str(wish.seed).encode())
        if wish.dynamic:
            turn += self._turns[operation.key]
            self._turns[operation.key] += 1
        return status, self._one(self._bodies(answers, operation, status, lifecycle), turn)

    def _example(
        self, operation: Operation, wish: Wish, name: str, lifecycle: Lifecycle | None
    ) -> tuple[int, Body | None]:
        """Return the documented example of a name, or else a body of the state of that name."""
        known: dict[str, None] = {}
        statuses = [wish.code] if wish.code else [operation.good_status, *_statuses(operation)]
        for status in statuses:
            content = self._answers.content(operation, status)
            examples = look(self._contract.document, pointers.join(content.pointer, "examples"), {}) if content else {}
            known.update(dict.fromkeys(examples))
            if content is None or name not in examples:
                continue
            at = pointers.resolved(self._contract.document, pointers.join(content.pointer, "examples", name))
            body = self._answers.said(operation.key, status, look(self._contract.document, f"{at}/value"))
            if body is not None:
                return status, body
        states = tuple(lifecycle.states) if lifecycle and operation.key in lifecycle.shows else ()
        if lifecycle is not None and name in states and wish.code in {None, operation.good_status}:
            bodies = self._answers.in_state(lifecycle.resource, operation.key, name)
            if bodies:
                return operation.good_status, self._one(bodies, wish.seed or 0)
        if name in known:
            raise WishError(f"Prefer: example={name}: the schema of {operation.key} refuses that example")
        shown = [
            state for state in states if lifecycle and self._answers.in_state(lifecycle.resource, operation.key, state)
        ]
        named = ", ".join({**known, **dict.fromkeys(shown)})
        raise WishError(f"Prefer: example={name}: {operation.key} documents {named or 'no named example'}")

    def _bodies(
        self, answers: Answers, operation: Operation, status: int, lifecycle: Lifecycle | None
    ) -> tuple[Body, ...]:
        if lifecycle is None or operation.key not in lifecycle.shows or status != operation.good_status:
            return answers.bodies(operation.key, status)
        return tuple(
            body for state in lifecycle.states for body in answers.in_state(lifecycle.resource, operation.key, state)
        )

    def _one(self, bodies: tuple[Body, ...], turn: int) -> Body | None:
        return bodies[turn % len(bodies)] if bodies else None


def _statuses(operation: Operation) -> list[int]:
    return [int(status) for status in operation.responses if status.isdigit()]
