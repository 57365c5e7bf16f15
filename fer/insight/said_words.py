"""What students said, in words: a poll's result and a question as one line."""

from fer.insight.wording import TOO_FEW_ANSWERS, percent
from fer.store.polls import Poll, Result
from fer.store.questions import Question

CORRECT = "✓"
MOST_WORDS = 10  # of a poll in one line


def answered(result: Result | None, present: int) -> str:
    """How far a poll is: "12 of 27 answered"; "12 answered" where nobody more is waited for."""
    if result is None:
        return TOO_FEW_ANSWERS
    return f"{result.answered} of {present} answered" if present > result.answered else f"{result.answered} answered"


def number(result: Result, n: int) -> str:
    """An answer's number and its share of those who answered: "5 · 42 %"."""
    return f"{n} · {percent(result.share(n))}"


def answer_words(poll: Poll, place: int, answer: str) -> str:
    """The answer, with a tick where it is a right one."""
    return f"{answer} {CORRECT}" if place in poll.correct else answer


def poll_line(poll: Poll, result: Result | None) -> str:
    """A poll and its result: "Clear? Yes 3 (75 %), No 1 (25 %); 4 answered"."""
    question = poll.question if poll.question.endswith(("?", "!", ":", ".")) else f"{poll.question}:"
    if result is None:
        return f"{question} ({TOO_FEW_ANSWERS})"
    given = [
        f"{answer_words(poll, place, answer)} {n} ({percent(result.share(n))})"
        for place, (answer, n) in enumerate(result.answers)
    ]
    more = [f"and {len(given) - MOST_WORDS} more"] if len(given) > MOST_WORDS else []
    return f"{question} {', '.join(given[:MOST_WORDS] + more) or 'no word'}; {result.answered} answered"


def question_line(question: Question) -> str:
    """A question, how many second it, and whether it was answered."""
    said = [f"{question.seconds} more want to know"] if question.seconds else []
    said += ["answered"] if question.answered_at is not None else []
    return question.text + (f" ({', '.join(said)})" if said else "")
