"""Judge what a sampler drew: whether it has converged, and agrees with the exact posterior.

`Posterior` judges draws, `Conditional` a function that draws. Both compare the places of the
draws in the exact distribution with a uniform distribution, by scores that take the Monte Carlo
error of the answer (and of the reference, if it too is drawn) into account, and allow for the
number of comparisons. A correct answer of an effective sample size of 2,000 or more is failed
with a probability below one in 10,000; `hbmlib.exercises._places` derives it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbmlib import diagnostics
from hbmlib.draws import Draws
from hbmlib.exercises import _places
from hbmlib.exercises.registry import Context, Judgement, Misconception, State, attempt

__all__ = ["ONE_SEED", "REPEATED", "WARMUP_KEPT", "Conditional", "Posterior"]

Floats = NDArray[np.float64]

RHAT_WANTED = 1.01
ENOUGH_TO_TELL = (1.05, 400)  # R-hat and effective sample size from which scores mean something
ARRIVED = (1.05, 100)  # the same from which the later half says that chains have settled
CONVINCING = 3.0  # score below which a wrong sampler is recognised without trying the others
MOST = 4_000_000  # numbers in a quantity's draws; more take too much time and memory
WINDOW = np.sqrt([2.0, 3.0, 5.0, 7.0, 11.0])  # weights of neighbours, to tell repeated draws
BEYOND_DRIFT = 5.0  # score of the first quarter against the last half that no run has by chance

ONE_SEED = (
    "The chains move together: they share their random numbers. Give each chain a seed, or a "
    "generator, of its own. Chains that are copies of one another agree whatever they do."
)
REPEATED = (
    "The same draws are there more than once, in another chain or later in the same one. Copies "
    "say nothing new: run longer instead, each chain with a generator of its own."
)
WARMUP_KEPT = (
    "The chains begin far from where they end, and without their first half they are right: "
    "the way there was kept. Drop the warm-up before you hand the draws in."
)
BLANK = Judgement(
    State.NOT_ATTEMPTED,
    "The function returns nothing yet. If you have written it, is the `return` missing?",
)
SAME_NUMBER = (
    "It draws the same number every time. Draw from the generator `rng` that it is given."
)

#: Scales that get mixed up with an sd: what turns them into sds, and their name.
DISGUISES: tuple[tuple[Callable[[Floats], Floats], str], ...] = (
    (lambda x: x**-0.5, "precisions: 1 / sqrt(draws) would be right. Hand in sds"),
    (lambda x: x**0.5, "variances: sqrt(draws) would be right. Hand in sds"),
    (lambda x: x**-1.0, "one over what was asked for: 1 / draws would be right"),
    (np.exp, "logarithms: exp(draws) would be right. Hand in the values themselves"),
)


@dataclass(frozen=True)
class Posterior:
    """Judge draws of a posterior.

    The answer is a `Draws`, a mapping from name to an array of shape (chain, draw) or
    (chain, draw, J), or that array alone if one quantity is asked for.

    Attributes
    ----------
    solution : callable
        Draws of a right sampler, from the exercise's data as keyword arguments.
    exact : callable
        From the exercise's data to the reference: for each name that the answer must hold,
        something with `cdf` and `mean`, such as a marginal of `hbmlib.exact`, or draws by
        another way, of shape (chain, draw) or (chain, draw, J).
    misconceptions : sequence of Misconception
        Each `answer` gives the draws of a wrong sampler, as long as a good answer. An answer that
        fails and agrees with one of them gets its message, the closest one's if there are more.
        `ONE_SEED`, `REPEATED` and `WARMUP_KEPT` are found without; list them to have them tested.
    size : int
        The effective sample size asked for, in the bulk and the tails of each quantity.
    """

    solution: Callable[..., Any]
    exact: Callable[..., Mapping[str, Any]]
    misconceptions: Sequence[Misconception] = ()
    size: int = 2000

    def __call__(self, answer: Any, context: Context) -> Judgement:
        """Read the draws, look at their convergence, then compare them."""
        reference = self.exact(**context.data)
        draws = _read(answer, reference)
        if isinstance(draws, str):
            return _not_yet(draws)
        convergence = Convergence(draws)
        if _share_numbers(draws, convergence.bulk):
            return _not_yet(ONE_SEED)
        if any(_repeats(x) for x in draws.values()):
            return _not_yet(REPEATED)
        found = _places.scores(draws, reference)
        agrees = all(score.passes for score in found)
        if _keeps_warmup(draws, reference, agrees):
            return _not_yet(WARMUP_KEPT)
        if convergence.reaches(RHAT_WANTED, self.size) and agrees:
            return Judgement(
                State.CORRECT,
                f"Converged, and within {max(s.largest for s in found):.1f} Monte Carlo standard "
                f"errors of the posterior in {2 * len(found)} comparisons "
                f"({found[0].limit:.1f} are allowed).",
            )
        if agrees or not convergence.reaches(*ENOUGH_TO_TELL):
            advice = convergence.advice(self.size, agrees)
            return Judgement(State.NOT_CONVERGED, advice)
        wrong = self._recognised(draws, context.data)
        return _not_yet(wrong or _disguised(draws, reference) or _described(found))

    def _recognised(self, draws: dict[str, Floats], data: Mapping[str, Any]) -> str:
        """Give the message of the wrong sampler whose draws are closest, if they agree."""
        closest: dict[str, float] = {}
        for wrong in self.misconceptions:
            if wrong.message in (ONE_SEED, REPEATED, WARMUP_KEPT):
                continue
            other = _read(wrong.answer(**data), draws)
            if isinstance(other, str):
                raise TypeError(f"A misconception gave no draws: {other}")
            found = _places.scores(draws, other)
            if all(score.passes for score in found):
                closest[wrong.message] = max(score.largest for score in found)
                if closest[wrong.message] < CONVINCING:
                    break
        return min(closest, key=closest.__getitem__, default="")


@dataclass(frozen=True)
class Conditional:
    """Judge a function that makes one draw, by many draws in several cases.

    The function is called as ``function(rng, *values of the case)``. It returns a number, or an
    array of as many independent numbers as the case has groups.

    Attributes
    ----------
    solution : callable
        A right function.
    cdf : callable
        The exact distribution: ``cdf(x, **case)``, where x has a leading axis of draws.
    cases : callable
        From a random generator to the cases: mappings from argument name to value, in order.
    misconceptions : sequence of Misconception
        Each `answer` is a wrong function.
    size : int
        How often the function is called in each case.
    """

    solution: Callable[..., Any]
    cdf: Callable[..., Floats]
    cases: Callable[[np.random.Generator], Iterable[Mapping[str, Any]]]
    misconceptions: Sequence[Misconception] = ()
    size: int = 2048

    def __call__(self, answer: Any, context: Context) -> Judgement:
        """Call the function many times in each case and compare its draws."""
        if not callable(answer):
            return _not_yet("A function is asked for. Pass it itself, without calling it.")
        cases = {f"case {k}": dict(case) for k, case in enumerate(self.cases(context.rng), 1)}
        draws = self._draws(answer, cases, seed=1)
        if not isinstance(draws, dict):
            return draws
        reference = {
            name: SimpleNamespace(cdf=partial(self.cdf, **case)) for name, case in cases.items()
        }
        found = _places.scores(draws, reference)
        if all(score.passes for score in found):
            return Judgement(
                State.CORRECT, f"{self.size:,} draws in each of {len(cases)} cases agree."
            )
        closest = {}
        for wrong in self.misconceptions:
            other = self._draws(wrong.answer, cases, seed=2)
            near = _places.scores(draws, other)
            if all(score.passes for score in near):
                closest[wrong.message] = max(score.largest for score in near)
        if closest:
            return _not_yet(min(closest, key=closest.__getitem__))
        return _not_yet(_disguised(draws, reference) or _described(found))

    def _draws(
        self, function: Callable[..., Any], cases: Mapping[str, Mapping[str, Any]], seed: int
    ) -> dict[str, Floats] | Judgement:
        """Call a function over and over; a fault is a judgement."""
        rng, draws = np.random.default_rng(seed), {}
        for name, case in cases.items():
            shape = np.shape(self.solution(rng, *_copies(case)))
            x = np.empty((self.size, *shape))
            for t in range(self.size):
                outcome = attempt(function, [rng, *_copies(case)])
                if outcome.blank:
                    return BLANK if t == 0 else _not_yet("Sometimes it returns nothing.")
                if outcome.fault:
                    return _not_yet(f"The function {outcome.fault}.")
                if outcome.value is None or len(outcome.value) != 1:
                    return _not_yet(f"It does not return {_shaped(shape)}.")
                drawn = outcome.value[0]
                if drawn.shape != shape and not drawn.size == x[t].size == 1:
                    return _not_yet(
                        f"It returns {_shaped(drawn.shape)}; {_shaped(shape)} expected."
                    )
                x[t] = drawn.reshape(shape)
            if not np.isfinite(x).all():
                return _not_yet("Some of its draws are not finite numbers.")
            if np.ptp(x, axis=0).min() == 0:
                return _not_yet(SAME_NUMBER)
            draws[name] = x.reshape(_places.STRETCHES, -1, *shape)
        return draws


class Convergence:
    """R-hat and effective sample sizes of each quantity; of a vector the worst element counts."""

    def __init__(self, draws: Mapping[str, Floats]) -> None:
        self.draws = next(iter(draws.values())).shape[1]
        self.bulk = {name: np.atleast_1d(diagnostics.ess_bulk(x)) for name, x in draws.items()}
        self.rhat = {name: float(np.max(diagnostics.rhat(x))) for name, x in draws.items()}
        self.size = {
            name: float(min(np.min(self.bulk[name]), np.min(diagnostics.ess_tail(x))))
            for name, x in draws.items()
        }

    def reaches(self, rhat: float, size: float) -> bool:
        """Whether all quantities have an R-hat below, and a size not below, what is wanted."""
        worst = max(self.rhat.values()), min(self.size.values())
        return worst[0] < rhat and worst[1] >= size

    def advice(self, wanted: float, agrees: bool) -> str:
        """Say what is missing, and how many draws more would mend it."""
        parts, factor = [], 1.25
        worst = max(self.rhat, key=lambda name: np.nan_to_num(self.rhat[name], nan=np.inf))
        if not self.rhat[worst] < RHAT_WANTED:
            parts.append(f"R-hat of `{worst}` is {self.rhat[worst]:.3f}, not below {RHAT_WANTED}")
            factor = 2.0
        least = min(self.size, key=lambda name: np.nan_to_num(self.size[name], nan=0))
        size = np.nan_to_num(self.size[least], nan=0)
        if size < wanted:
            parts.append(
                f"the effective sample size of `{least}` is {size:,.0f}; {wanted:,.0f} are wanted"
            )
            factor = max(factor, 1.2 * wanted / max(size, 4))
        more = _two_digits((factor - 1) * self.draws)
        told = self.reaches(*ENOUGH_TO_TELL) and agrees
        verdict = "Right so far" if told else "More cannot be said yet"
        text = " and ".join(parts)
        return f"{text[:1].upper()}{text[1:]}. {verdict}: run about {more:,} draws a chain more."


def _read(answer: Any, reference: Mapping[str, Any]) -> dict[str, Floats] | str:
    """Read an answer as arrays by name, of the reference's shapes; a text says what is wrong."""
    if callable(answer):
        return "Draws are asked for; this is a function. Call it and pass what it returns."
    wanted = ", ".join(f"`{name}`" for name in reference)
    if not isinstance(answer, Draws | Mapping):
        if len(reference) > 1:
            return f"Pass a dictionary with the draws of {wanted}."
        answer = {next(iter(reference)): answer}
    draws = {}
    for name, truth in reference.items():
        try:
            entry = answer[name]
        except (KeyError, ValueError):
            return f"There are no draws of `{name}`. Asked for are {wanted}."
        try:
            x = np.asarray(entry)
        except ValueError:
            return f"The chains of `{name}` differ in length. Cut them to the shortest."
        if x.dtype.kind not in "iuf" or np.ma.is_masked(entry):
            return f"The draws of `{name}` are not an array of numbers."
        if x.size > MOST:
            return f"There are {x.size:,} numbers in `{name}`. {MOST:,} at most are judged."
        draws[name] = x.astype(float)
        tail = np.shape(truth)[2:] if not hasattr(truth, "cdf") else np.shape(truth.mean)
        fault = _fault(name, draws[name], tail)
        if fault:
            return fault
    if len({x.shape[:2] for x in draws.values()}) > 1:
        return "The quantities have different numbers of chains or draws."
    return draws


def _fault(name: str, x: Floats, tail: tuple[int, ...]) -> str:
    """Say why an array cannot hold the draws of a quantity."""
    expected = f"shape (chain, draw{''.join(f', {n}' for n in tail)})"
    if x.ndim == 1 and not tail:
        return f"`{name}` is one chain. Run four, and stack them to {expected}."
    if x.ndim != 2 + len(tail) or x.shape[2:] != tail:
        return f"The draws of `{name}` have the shape {x.shape}; give them the {expected}."
    chains, draws = x.shape[:2]
    if draws == 0 or chains == 0:
        return f"There are no draws in `{name}`: its shape is {x.shape}."
    if chains > draws:
        return (
            f"`{name}` has {chains:,} chains of {draws:,} draws. Chains come first: {expected}. "
            "Transpose it."
        )
    if chains == 1:
        return "One chain cannot be compared with others. Run four, from different starts."
    if draws < 2 * _places.STRETCHES:
        return f"There are {draws} draws a chain. Make a few thousand."
    if not np.isfinite(x).all():
        where = np.argwhere(~np.isfinite(x))[0]
        return (
            f"`{name}` is not finite at draw {where[1]} of chain {where[0]}. Is a variance or a "
            "precision used as an sd?"
        )
    if np.ptp(x, axis=1).min() == 0:
        return f"A chain of `{name}` never moves."
    return ""


def _share_numbers(draws: Mapping[str, Floats], sizes: Mapping[str, Floats]) -> bool:
    """Tell whether chains are copies of one another, or follow each other from other starts."""
    count = sum(size.size for size in sizes.values())
    for name, x in draws.items():
        columns = np.moveaxis(x.reshape(*x.shape[:2], -1), 2, 0)
        for column, size in zip(columns, sizes[name], strict=True):
            if _copies_one(column) or _places.echoes(column, size, count) > 1:
                return True
    return False


def _copies_one(x: Floats) -> bool:
    """Tell whether two chains have the same second half."""
    late = x[:, x.shape[1] // 2 :]
    return len(np.unique(late[:, -1])) < len(x) > len(np.unique(late, axis=0))


def _repeats(x: Floats) -> bool:
    """Tell whether most of a half chain is there again, shifted or not, in another half.

    Chains that are refused stand still, and rounded draws coincide: compared are sums over
    windows of a few draws, with weights that no other window matches by chance.
    """
    column = x.reshape(*x.shape[:2], -1)[..., 0]
    half = column.shape[1] // 2
    if half < 2 * WINDOW.size:
        return False
    halves = np.concatenate([column[:, :half], column[:, -half:]])
    count = half - WINDOW.size + 1
    windows = sum(weight * halves[:, k : k + count] for k, weight in enumerate(WINDOW))
    sums, place = np.unique(windows, return_inverse=True)
    of = np.broadcast_to(np.arange(len(halves))[:, np.newaxis], place.shape)
    first, last = np.full(sums.size, len(halves)), np.full(sums.size, -1)
    np.minimum.at(first, place, of)
    np.maximum.at(last, place, of)
    return bool(np.any(np.mean((first < last)[place], axis=1) > 0.5))


def _keeps_warmup(draws: Mapping[str, Floats], reference: Mapping[str, Any], agrees: bool) -> bool:
    """Tell whether the draws come from elsewhere, and are right once they have arrived.

    Half the limit is allowed when they have drifted rather than started where the posterior has
    no mass: draws that are wrong all along would miss it, being too many.
    """
    length = next(iter(draws.values())).shape[1]
    late = {name: x[:, length // 2 :] for name, x in draws.items()}
    if not Convergence(late).reaches(*ARRIVED):
        return False
    off = max(score.largest / score.limit for score in _places.scores(late, reference))
    if _starts_outside(draws, reference):
        return off < 1
    if agrees or off > 0.5:
        return False
    early = {name: x[:, : length // 4] for name, x in draws.items()}
    return any(score.largest > BEYOND_DRIFT for score in _places.scores(early, late))


def _starts_outside(draws: Mapping[str, Floats], reference: Mapping[str, Any]) -> bool:
    """Tell whether a chain's first draw is where the posterior has practically no mass."""
    known = {name: truth for name, truth in reference.items() if hasattr(truth, "cdf")}
    limit = _places.first_limit(draws, known) if known else 0.0
    return any(
        np.any(np.minimum(u, 1 - u) < limit)
        for u in (_places.cdf(truth, draws[name][:, 0]) for name, truth in known.items())
    )


def _disguised(draws: Mapping[str, Floats], reference: Mapping[str, Any]) -> str:
    """Recognise a scale that was handed in as its precision, variance or logarithm."""
    for name, truth in reference.items():
        one = {name: truth}
        if all(score.passes for score in _places.scores(draws, one)):
            continue
        for reveal, what in DISGUISES:
            with np.errstate(all="ignore"):
                x = reveal(draws[name])
            if np.isfinite(x).all() and all(s.passes for s in _places.scores({name: x}, one)):
                return f"The draws of `{name}` are {what}."
    return ""


def _described(found: Sequence[_places.Score]) -> str:
    """Describe the worst disagreement without giving the right values."""
    worst = max(found, key=lambda score: score.largest)
    if abs(worst.level) > worst.limit or abs(worst.level) > abs(worst.spread):
        what, t = ("too high" if worst.level > 0 else "too low"), worst.level
    else:
        what, t = ("too far apart" if worst.spread > 0 else "too close together"), worst.spread
    return (
        f"These are not draws of the right distribution. Those of `{worst.name}` lie {what}, by "
        f"{abs(t):,.0f} Monte Carlo standard errors ({worst.limit:.1f} are allowed); "
        f"{sum(not score.passes for score in found)} of {len(found)} quantities disagree."
    )


def _two_digits(number: float) -> int:
    """Round up to two digits that count."""
    unit = 10 ** max(0, int(np.floor(np.log10(max(number, 1)))) - 1)
    return int(np.ceil(number / unit) * unit)


def _copies(case: Mapping[str, Any]) -> list[Any]:
    """Copy the arguments, so that a function may change them."""
    return [value.copy() if isinstance(value, np.ndarray) else value for value in case.values()]


def _shaped(shape: tuple[int, ...]) -> str:
    return f"an array of shape {shape}" if shape else "a single number"


def _not_yet(message: str) -> Judgement:
    return Judgement(State.NOT_YET, message)
