"""The judge of draws: seldom wrong about right answers, and never about these wrong ones."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy.signal import lfilter
from scipy.special import gammaincc, ndtr, ndtri, stdtr

from hbmlib.draws import Draws
from hbmlib.exercises import _judge, _places
from hbmlib.exercises.registry import Exercise, Misconception
from hbmlib.exercises.stochastic import ONE_SEED, REPEATED, WARMUP_KEPT, Conditional, Posterior

# The exercise: ten values from N(0, sigma) with a flat prior on sigma.


def values(rng):
    return {"y": rng.normal(0, 3, size=10)}


def exact(y):
    shape, rate = (y.size - 1) / 2, y @ y / 2

    class Sigma:
        mean = 3.0

        def cdf(self, s):
            return gammaincc(shape, rate / np.square(s))

    return {"sigma": Sigma()}


def log_density(sigma, y):
    return np.where(sigma > 0, -y.size * np.log(abs(sigma)) - y @ y / (2 * sigma**2), -np.inf)


def metropolis(y, draws=12_000, seed=1, start=None, jacobian=1, step=0.8, warmup=100, one=False):
    """Walk on log sigma, four chains."""
    rng = np.random.default_rng(seed)
    u = np.log(np.full(4, 3.0) if start is None else start)
    now, kept = log_density(np.exp(u), y) + jacobian * u, []
    for _ in range(warmup + draws):
        noise = rng.standard_normal(), np.log(rng.random())
        if not one:
            noise = rng.standard_normal(4), np.log(rng.random(4))
        new = u + step * noise[0]
        there = log_density(np.exp(new), y) + jacobian * new
        accept = noise[1] < there - now
        u, now = np.where(accept, new, u), np.where(accept, there, now)
        kept.append(np.exp(u))
    return {"sigma": np.array(kept[warmup:]).T}


def hastings(y, draws=20_000, seed=1, ratio=0):
    """Propose from an exponential distribution whose mean is the present value."""
    rng = np.random.default_rng(seed)
    x, kept = np.full(4, 3.0), []
    for _ in range(100 + draws):
        new = x * rng.standard_exponential(4)
        back = np.log(x / new) - x / new + new / x  # log q(x | new) - log q(new | x)
        log_r = log_density(new, y) - log_density(x, y) + ratio * back
        x = np.where(np.log(rng.random(4)) < log_r, new, x)
        kept.append(x)
    return {"sigma": np.array(kept[100:]).T}


def direct(y, draws=2_000, seed=1, power=-0.5, n=None):
    rng = np.random.default_rng(seed)
    n = n or y.size
    precision = rng.gamma((n - 1) / 2, 2 / (y @ y), size=(4, draws))
    return {"sigma": precision**power}


MISCONCEPTIONS = (
    Misconception(lambda y, seed=1: metropolis(y, jacobian=0, seed=seed), "The Jacobian."),
    Misconception(lambda y, seed=1: direct(y, n=3, seed=seed), "The number of values."),
    Misconception(lambda y, seed=1: direct(y, power=0.5, seed=seed), "The root of a precision."),
    Misconception(lambda y, seed=1: metropolis(y, one=True, seed=seed), ONE_SEED),
    Misconception(
        lambda y, seed=1: metropolis(y, start=[1e4, 3e4, 1e5, 5e5], step=0.1, warmup=0, seed=seed),
        WARMUP_KEPT,
    ),
)
JUDGE = Posterior(metropolis, exact, MISCONCEPTIONS)
EXERCISE = Exercise("t.1", 1, JUDGE, make_data=values)
# A missing Hastings term does much what a missing Jacobian does; no exercise has both.
RATIO = Misconception(lambda y, seed=1: hastings(y, seed=seed), "Hastings.")
ASYMMETRIC = Exercise("t.8", 1, Posterior(hastings, exact, [RATIO]), make_data=values)


def judged(answer, exercise=EXERCISE, student=""):
    return _judge(exercise, answer, student)


class TestRightAnswers:
    @pytest.mark.parametrize(
        "sampler", [metropolis, direct, lambda y: hastings(y, ratio=1)], ids=["walk", "iid", "mh"]
    )
    def test_pass(self, sampler):
        judgement = judged(sampler(**EXERCISE.data()))
        assert judgement.state == "correct", judgement.message

    def test_pass_in_any_dress(self):
        x = direct(**EXERCISE.data())["sigma"]
        for answer in (x, x.tolist(), Draws(x[..., None], ["sigma"]), {"sigma": x, "mu": 0}):
            assert judged(answer).state == "correct"

    def test_one_group_of_a_vector(self):
        rng = np.random.default_rng(1)
        theta = SimpleNamespace(cdf=ndtr, mean=np.zeros(3))
        exercise = Exercise("t.2", 1, Posterior(None, lambda: {"theta": theta}))
        x = rng.standard_normal((4, 1000, 3))
        assert judged({"theta": x}, exercise).state == "correct"
        x[..., 1] += 0.4
        assert "`theta[1]` lie too high" in judged({"theta": x}, exercise).message
        x[..., 1] = 0.8 * (x[..., 1] - 0.4)
        assert "`theta[1]` lie too close together" in judged({"theta": x}, exercise).message

    def test_reference_may_be_drawn(self):
        def drawn(y):
            return {"sigma": metropolis(y, seed=5)["sigma"]}

        exercise = Exercise("t.3", 1, Posterior(metropolis, drawn), make_data=values)
        assert judged(direct(**exercise.data()), exercise).state == "correct"
        wrong = direct(**exercise.data())["sigma"] * 1.2
        assert "too high" in judged(wrong, exercise).message


class TestWrongSamplers:
    @pytest.mark.parametrize("seed", [1, 2, 3])
    @pytest.mark.parametrize("wrong", MISCONCEPTIONS, ids=lambda m: m.message[:12])
    def test_get_their_own_message(self, wrong, seed):
        student = f"s{seed}"
        answer = wrong.answer(**EXERCISE.data(student), seed=seed)
        assert judged(answer, student=student) == ("not yet", wrong.message)

    @pytest.mark.parametrize("seed", [1, 2, 3])
    def test_missing_hastings_term(self, seed):
        student = f"s{seed}"
        answer = hastings(**ASYMMETRIC.data(student), seed=seed)
        assert judged(answer, ASYMMETRIC, student) == ("not yet", RATIO.message)

    @pytest.mark.parametrize(
        ("power", "named"), [(1, "precisions"), (-1, "variances"), (0.5, "one over")]
    )
    def test_disguised_scales_are_named(self, power, named):
        exercise = Exercise("t.4", 1, Posterior(direct, exact), make_data=values)
        answer = direct(**exercise.data(), power=power)
        assert f"`sigma` are {named}" in judged(answer, exercise).message

    def test_copied_chains(self):
        x = direct(**EXERCISE.data())["sigma"]
        assert judged(np.stack([x[0]] * 4)).message == ONE_SEED
        assert judged(x[[0, 1, 2, 1]]).message == ONE_SEED

    def test_draws_handed_in_again(self):
        x = direct(**EXERCISE.data())["sigma"]
        later = np.stack([np.roll(x[0], 997 * k) for k in range(4)])
        three_times = np.concatenate([x[:, :700]] * 3, axis=1)
        mixed = np.stack([x[0], x[1], x[2], np.roll(x[1], 2500)])
        for again in (later, three_times, mixed):
            assert judged(again).message == REPEATED

    def test_rounded_and_standing_draws_are_no_repetition(self):
        assert judged(direct(**EXERCISE.data())["sigma"].round(1)).message != REPEATED
        assert judged(metropolis(**EXERCISE.data(), step=9)["sigma"]).message != REPEATED

    def test_unknown_faults_are_described_without_the_value(self):
        message = judged(direct(**EXERCISE.data())["sigma"] + 1.5).message
        assert "`sigma` lie too high, by" in message
        assert "1 of 1 quantities disagree" in message


class TestNotConverged:
    def test_says_how_many_draws_more(self):
        state, message = judged(metropolis(**EXERCISE.data(), draws=2_000))
        assert state == "not converged"
        assert "Right so far: run about" in message
        more = int(message.rsplit("about ", 1)[1].split(" ")[0].replace(",", ""))
        again = judged(metropolis(**EXERCISE.data(), draws=2_000 + more))
        assert again.state == "correct", again.message

    def test_stuck_chains_are_not_called_right_so_far(self):
        answer = metropolis(**EXERCISE.data(), step=1e-3, start=[1.5, 2, 4, 8], draws=2_000)
        state, message = judged(answer)
        assert state == "not converged"
        assert "R-hat of `sigma`" in message
        assert "More cannot be said yet" in message


class TestUnreadable:
    x = np.random.default_rng(1).gamma(3, size=(4, 2000))

    @pytest.mark.parametrize(
        ("answer", "part"),
        [
            (x[0], "is one chain. Run four"),
            (x[:1], "One chain cannot be compared"),
            (x.T, "Transpose it"),
            ({"tau": x}, "no draws of `sigma`"),
            (x[:, :40], "Make a few thousand"),
            (np.where(x == x[1, 5], np.nan, x), "not finite at draw 5 of chain 1"),
            (np.full((4, 2000), 2.0), "never moves"),
            (x[..., None], "give them the shape (chain, draw)"),
            ("draws", "not an array of numbers"),
            ({"sigma": [[1.0, 2.0, 3.0], [1.0, 2.0]]}, "differ in length"),
            (x[:0], "no draws in `sigma`: its shape is (0, 2000)"),
            (x[:, :0], "no draws in `sigma`: its shape is (4, 0)"),
            (np.broadcast_to(1.0, (4, 10**11)), "4,000,000 at most are judged"),
            (np.ma.masked_greater(x, 3), "not an array of numbers"),
            (lambda: 1, "this is a function"),
        ],
    )
    def test_says_what_is_wrong(self, answer, part):
        state, message = judged(answer)
        assert (state, part in message) == ("not yet", True), message

    def test_two_quantities_need_names(self):
        exercise = Exercise("t.5", 1, Posterior(None, lambda: exact(self.x[0]) | {"mu": self.x}))
        assert "dictionary with the draws of `sigma`, `mu`" in judged(self.x, exercise).message


# A conditional: sigma given y.

CONDITIONAL = Exercise(
    "t.6",
    1,
    Conditional(
        solution=lambda rng, y: np.sqrt(y @ y / 2 / rng.standard_gamma((y.size - 1) / 2)),
        cdf=lambda x, y: exact(y)["sigma"].cdf(x),
        cases=lambda rng: [{"y": rng.normal(0, 2, size=n)} for n in (4, 30)],
        misconceptions=(
            Misconception(
                lambda rng, y: np.sqrt(y @ y / rng.standard_gamma((y.size - 1) / 2)), "Half."
            ),
        ),
    ),
)


class TestConditional:
    @pytest.mark.parametrize("secret", range(5))
    def test_right_and_wrong(self, secret, monkeypatch):
        monkeypatch.setenv("HBM_COURSE_SECRET", str(secret))
        judge = CONDITIONAL.judge
        assert judged(judge.solution, CONDITIONAL).state == "correct"
        assert judged(judge.misconceptions[0].answer, CONDITIONAL).message == "Half."

    def test_another_right_way(self):
        def draw(rng, y):
            return np.sqrt(y @ y / rng.chisquare(y.size - 1))

        assert judged(draw, CONDITIONAL).state == "correct"

    @pytest.mark.parametrize(
        ("answer", "part"),
        [
            (lambda rng, y: rng.gamma((y.size - 1) / 2, 2 / (y @ y)), "precisions"),
            (lambda rng, y: 2.0, "same number every time"),
            (lambda rng, y: np.random.default_rng(1).random(), "same number every time"),
            (lambda rng, y: rng.random(3), "an array of shape (3,); a single number expected"),
            (lambda rng, y: np.nan, "not finite"),
            (lambda rng, y: rng.random(), "lie too"),
            (lambda rng, y: str(CONDITIONAL.judge.solution(rng, y)), "not return a single number"),
            (lambda rng, y: (rng.random(), rng.random()), "not return a single number"),
            (lambda rng, y: 1 / 0, "raises ZeroDivisionError ('division by zero')"),
            (lambda y: 1.0, "but 2 were given"),
            (lambda rng, y: None if rng.random() < 0.1 else rng.random(), "Sometimes"),
            (2.0, "A function is asked for"),
        ],
    )
    def test_wrong(self, answer, part):
        state, message = judged(answer, CONDITIONAL)
        assert (state, part in message) == ("not yet", True), message

    def test_blank(self):
        assert judged(lambda rng, y: None, CONDITIONAL).state == "not attempted"

    def test_not_implemented(self):
        def draw(rng, y):
            raise NotImplementedError

        assert judged(draw, CONDITIONAL).state == "not attempted"

    def test_one_number_in_an_array_passes(self):
        def draw(rng, y):
            return [CONDITIONAL.judge.solution(rng, y)]

        assert judged(draw, CONDITIONAL).state == "correct"


# How often a right answer fails by chance.


def autoregression(rng, rho, shape):
    """Draw stationary normal chains whose effective size is known."""
    first = rho * rng.standard_normal((*shape[:-1], 1))
    noise = np.sqrt(1 - rho**2) * rng.standard_normal(shape)
    return lfilter([1], [1, -rho], noise, axis=-1, zi=first)[0]


SETTINGS = [(4, 0.0, 500), (4, 0.5, 1500), (8, 0.3, 465), (64, 0.5, 94)]  # all of size 2,000


def test_null_statistics_have_the_stated_tails():
    """32,000 statistics; the level derived from t holds as far out as they reach."""
    rng, found, echoes = np.random.default_rng(20), [], []
    for chains, rho, draws in SETTINGS:
        for x in autoregression(rng, rho, (4000, chains, draws)):
            u = ndtr(x)
            for statistic in (u - 0.5, np.abs(2 * u - 1) - 0.5):
                batches = _places.Batches.of(statistic)
                found.append(stdtr(batches.freedom, batches.mean / batches.error))
            echoes.append(_places.echoes(x, 2000))
    z = np.abs(ndtri(found))
    assert z.size == 32_000
    for beyond in (1, 2, 3, 4):
        expected = 2 * ndtr(-beyond)
        allowed = expected + 4 * np.sqrt(expected / z.size)
        assert np.mean(z > beyond) < allowed, beyond
    assert abs(z.std() ** 2 + z.mean() ** 2 - 1) < 0.02
    assert z.max() < -ndtri(_places.ALARM / 6)
    assert max(echoes) < 1


def test_alarms_add_up_to_less_than_promised():
    """Sum the levels of all comparisons and of the first draws, for 1 to 200 quantities."""
    for count in (1, 3, 200):
        limit = _places._limit(count, 31, sides=2)
        two_scores = 2 * 2 * stdtr(31, -limit)
        echo = stdtr(31, -_places._limit(count, 31, sides=1))
        draws = {"x": np.zeros((4, 500, count))}
        first = 2 * 4 * count * _places.first_limit(draws, draws)
        assert count * (two_scores + echo) + first < 2.001 * _places.ALARM < _places.PROMISED


def whole_answers(number):
    """Judge right answers about three groups, of an effective size of 3,000; give the states."""
    reference = {
        "mu": SimpleNamespace(cdf=ndtr, mean=0.0),
        "tau": SimpleNamespace(cdf=lambda x: -np.expm1(-x), mean=1.0),
        "theta": SimpleNamespace(cdf=ndtr, mean=np.zeros(3)),
    }
    exercise = Exercise("t.7", 1, Posterior(None, lambda: reference, size=2000))
    rng, states = np.random.default_rng(7), []
    for _ in range(number):
        x = np.moveaxis(autoregression(rng, 0.5, (5, 4, 2250)), 0, -1)
        answer = {"mu": x[..., 0], "tau": -np.log(ndtr(x[..., 1])), "theta": x[..., 2:]}
        states.append(judged(answer, exercise).state)
    return states


def test_whole_right_answers_pass():
    assert set(whole_answers(150)) == {"correct"}


@pytest.mark.long
def test_two_thousand_whole_right_answers_pass():
    states = whole_answers(2000)
    assert len(states) - states.count("correct") <= 2
    assert "not yet" not in states
