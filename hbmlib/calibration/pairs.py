"""The pairs of problem and sampler that the book vouches for, and those that it shows failing."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from hbmlib.calibration import problems
from hbmlib.calibration._certificate import Certificate, stale
from hbmlib.calibration._collapsed import Collapsed
from hbmlib.calibration._exact import Exact
from hbmlib.calibration._run import Pair, described
from hbmlib.calibration._samplers import Chains
from hbmlib.kernels import HMC, NUTS, Gibbs, Metropolis
from hbmlib.priors import GammaPrecision, HalfCauchy, HalfNormal, Uniform

__all__ = ["FOLDER", "PAIRS", "certificates", "faults"]

FOLDER = Path(__file__).parents[2] / "benchmarks" / "certificates"

GIBBS = Chains(Gibbs, warmup=200, draws=400, together=True)
RANDOM_GIBBS = Chains(Gibbs, {"scan": "random"}, warmup=300, draws=800, together=True)
HMC_PATH = Chains(HMC, {"step_size": 0.1, "n_steps": 8}, warmup=300, draws=200, together=True)
NUTS_PATH = Chains(NUTS, warmup=150, chains=4, draws=150)

FUNNEL = (
    "Where tau is small, the centred coordinates form a funnel: its neck is too narrow for the "
    "step size that suits its mouth, and the chains do not enter it."
)


def by_site(first: int, sites: int) -> Chains:
    """Metropolis with the population's coordinates one by one, then all groups at once."""
    alone = [(k,) for k in range(first)]
    groups = tuple((first + j,) for j in range(sites))
    options = {"blocks": (*alone, groups)}
    return Chains(Metropolis, options, warmup=500, draws=2000, together=True)


def _list() -> Iterable[Pair]:
    eight, means, lines = problems.EightSchools, problems.NormalMeans, problems.VaryingRegression
    away = {"centred": False}

    yield Pair("eight-schools-exact", eight(), Exact())
    yield Pair("eight-schools-gibbs", eight(), GIBBS)
    yield Pair("eight-schools-gibbs-half-cauchy", eight(tau_prior=HalfCauchy(5)), GIBBS)
    yield Pair("eight-schools-metropolis", eight(**away), by_site(2, 8))
    yield Pair("eight-schools-hmc", eight(**away), HMC_PATH)
    yield Pair("eight-schools-nuts", eight(**away), NUTS_PATH)
    yield Pair("eight-schools-centred-hmc", eight(), HMC_PATH, FUNNEL)
    yield Pair("eight-schools-centred-nuts", eight(), replace(NUTS_PATH, doublings=1), FUNNEL)

    uniform = {"tau_prior": Uniform(0.5, 4), "sigma_prior": Uniform(0, 5)}
    noisy = {"sigma_prior": GammaPrecision(4, 36)}  # data that say little, for coordinates away
    gamma = {"tau_prior": GammaPrecision(4, 8), "sigma_prior": GammaPrecision(4, 8)}
    yield Pair("normal-means-exact", means(), Exact())
    yield Pair("normal-means-gibbs", means(), GIBBS)
    yield Pair("normal-means-gibbs-random", means(), RANDOM_GIBBS)
    yield Pair("normal-means-gibbs-uniform", means(**uniform), GIBBS)
    yield Pair("normal-means-gibbs-gamma", means(**gamma), GIBBS)
    yield Pair("normal-means-metropolis", means(**gamma), by_site(3, 8))
    yield Pair("normal-means-hmc", means(**gamma), HMC_PATH)
    yield Pair("normal-means-nuts", means(**noisy, **away), NUTS_PATH)
    yield Pair("normal-means-centred-nuts", means(**gamma), NUTS_PATH)

    noisy = {"tau_prior": HalfNormal(1), "sigma_prior": GammaPrecision(4, 64)}
    yield Pair("varying-regression-collapsed", lines(), Collapsed())
    yield Pair("varying-regression-gibbs", lines(), GIBBS)
    yield Pair("varying-regression-hmc", lines(**noisy, **away), HMC_PATH)
    yield Pair("varying-regression-nuts", lines(**noisy, **away), NUTS_PATH)
    yield Pair("varying-regression-nuts-correlated", lines(lkj=2.0, **noisy, **away), NUTS_PATH)


PAIRS = {pair.name: pair for pair in _list()}


def certificates(folder: str | Path = FOLDER) -> dict[str, Certificate]:
    """Load the certificates of the declared pairs.

    Parameters
    ----------
    folder : str or Path, optional
        Where there is a file NAME.json for each pair; by default that of the book's repository.

    Returns
    -------
    dict of str to Certificate
        By name, in the order of declaration.

    Raises
    ------
    ValueError
        If a certificate is missing.

    Examples
    --------
    >>> certificates("nowhere")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    ValueError: `folder` must hold a certificate of each pair; got none of eight-schools-exact...
    """
    missing = [name for name in PAIRS if not (Path(folder) / f"{name}.json").exists()]
    if missing:
        raise ValueError(
            f"`folder` must hold a certificate of each pair; got none of {', '.join(missing)}. "
            "Run `make calibrate` in a copy of the book's repository."
        )
    return {name: Certificate.load(Path(folder) / f"{name}.json") for name in PAIRS}


def faults(folder: str | Path, pairs: Iterable[Pair] = tuple(PAIRS.values())) -> list[str]:
    """Say what is wrong with the certificates of a folder.

    Parameters
    ----------
    folder : str or Path
        Where there should be a file NAME.json for each pair.
    pairs : iterable of Pair, optional
        The pairs that must have a certificate.

    Returns
    -------
    list of str
        A line for each certificate that is missing, stale, made with other settings, or not as
        expected; empty if all is well.

    Examples
    --------
    >>> faults("nowhere", [PAIRS["eight-schools-nuts"]])
    ['eight-schools-nuts: there is no certificate']
    """
    found = []
    for pair in pairs:
        path = Path(folder) / f"{pair.name}.json"
        if not path.exists():
            found.append(f"{pair.name}: there is no certificate")
            continue
        certificate = Certificate.load(path)
        changed = stale(certificate)
        settings = (certificate.problem, certificate.sampler, certificate.fails)
        if changed:
            found.append(f"{pair.name}: changed since are {', '.join(changed)}")
        elif settings != (described(pair.problem), described(pair.sampler), pair.fails):
            found.append(f"{pair.name}: the pair is declared differently now")
        elif not certificate.as_expected:
            where = ", ".join(certificate.alarms) or "nothing"
            found.append(f"{pair.name}: failed in {where}, which was not expected")
    return found
