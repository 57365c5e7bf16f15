"""What students said, in words: a poll's result and a question as one line."""

from collections.abc import Callable

from fer.insight.wording import TOO_FEW_ANSWERS, percent
from fer.languages import N_, _, ngettext
from fer.store.polls import Poll, Result
from fer.store.questions import Question

CORRECT = "✓"
SAID = {"lost": N_("I'm lost"), "got it": N_("Got it"), "slower": N_("Slower")}  # by word of the journal
MOST_WORDS = 10  # of a poll in one line


def answered(result: Result | None, present: int) -> str:
    """How far a poll is: "12 of 27 answered"; "12 answered" where nobody more is waited for."""
    if result is None:
        return _(TOO_FEW_ANSWERS)
    if present > result.answered:
        return _("{n} of {present} answered").format(n=result.answered, present=present)
    return _("{n} answered").format(n=result.answered)


def number(result: Result, n: int) -> str:
    """An answer's number and its share of those who answered: "5 · 42 %"."""
    return f"{n} · {percent(result.share(n))}"


def answer_words(poll: Poll, place: int, answer: str) -> str:
    """The answer, with a tick where it is a right one."""
    return f"{answer} {CORRECT}" if place in poll.correct else answer


def poll_line(poll: Poll, result: Result | None, in_words: Callable[[str], str] = str) -> str:
    """A poll and its result: "Clear? Yes 3 (75 %), No 1 (25 %); 4 answered". ``in_words``: as the reader reads it."""
    asked = in_words(poll.question)
    question = asked if asked.endswith(("?", "!", ":", ".")) else f"{asked}:"
    if result is None:
        return f"{question} ({_(TOO_FEW_ANSWERS)})"
    given = [
        f"{answer_words(poll, place, in_words(answer))} {n} ({percent(result.share(n))})"
        for place, (answer, n) in enumerate(result.answers)
    ]
    more = [_("and {n} more").format(n=len(given) - MOST_WORDS)] if len(given) > MOST_WORDS else []
    shown = ", ".join(given[:MOST_WORDS] + more) or _("no word")
    return f"{question} {shown}; {answered(result, 0)}"


def more_want_to_know(n: int) -> str:
    return ngettext("{n} more wants to know", "{n} more want to know", n).format(n=n)


def question_line(question: Question) -> str:
    """A question, how many second it, and whether it was answered."""
    said = [more_want_to_know(question.seconds)] if question.seconds else []
    said += [_("answered")] if question.answered_at is not None else []
    return question.text + (f" ({', '.join(said)})" if said else "")
