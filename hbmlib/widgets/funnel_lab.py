"""FunnelLab: one posterior on two maps, and which of them wins as the studies grow."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from hbmlib import checks, exact, pooling, priors
from hbmlib.models import EightSchools
from hbmlib.widgets import _state as state
from hbmlib.widgets._base import Widget, numbers
from hbmlib.widgets._plane import MAX_SIZE, PUBLISHED, _cells, schools
from hbmlib.widgets._svg import WIDTH, Figure, Scale

__all__ = ["FunnelLab"]

Floats = NDArray[np.float64]

MIN_TIMES, MAX_TIMES = 0.1, 1000
COLUMNS = 61

LINES = """\
import json
import numpy as np
from hbmlib import datasets, exact, pooling, priors
from hbmlib.models import EightSchools

sizes = np.array($group_sizes)
schools = datasets.load("eight_schools")[:len(sizes)]
effect = schools["effect"].to_numpy()
# 100 observations, all sizes times 1, give the published error.
sigma = schools["se"].to_numpy() * np.sqrt(100 / $times)
given = {
    "mu_prior": $mu_prior,
    "tau_prior": $tau_prior,
}
posterior = exact.normal_means(pooling.from_means(effect, n=sizes), sigma=sigma, **given)
stated = {
    name: getattr(posterior, name).quantile([0.05, 0.5, 0.95]).tolist() for name in ("mu", "tau")
}
weight = pooling.shrinkage_weight(sizes, stated["tau"][1], sigma)

# One point on both maps: mu, log tau, and either z or theta = mu + tau z.
z = np.array($position)
theta = np.concatenate([z[:2], z[0] + np.exp(z[1]) * z[2:]])
log_density, gradient = {}, {}
for name, q in {"centred": theta, "non_centred": z}.items():
    target = EightSchools(effect, sigma / np.sqrt(sizes), centred=name == "centred", **given)
    # To run it: sample(NUTS(target), 1000, 400, target_accept=$target_accept, seed=$seed)
    logp, grad = target.logp_and_grad(q)
    log_density[name], gradient[name] = float(logp), grad.tolist()
print(json.dumps({
    "exact": stated,
    "weight": weight.tolist(),
    "position": z.tolist(),
    "log_density": log_density,
    "gradient": gradient,
}))"""


class FunnelLab(Widget):
    """See one posterior on two maps, with the No-U-Turn Sampler running on both.

    The data are the effects of coaching in eight schools. The coordinates are mu, log tau and
    either the effects theta (centred) or z = (theta - mu) / tau (non-centred). The page runs the
    sampler on both maps, marks divergences, holds the draws of log tau against its exact
    density, and shows what 1,000 gradients buy on each map at every size that is tried.

    Parameters
    ----------
    **traits : optional
        Any trait, see below.

    Attributes
    ----------
    group_sizes : list of int
        The size of each study, 1 to 400, where 100 stands for the study as published: its
        standard error is the published one times ``sqrt(100 / size)``. With fewer entries only
        the first schools are used.
    times : float
        Multiplies all sizes, 0.1 to 1000.
    mu_prior, tau_prior : dict
        Priors, as ``prior.to_dict()`` writes them. A prior object may be given too.
    target_accept : float
        The mean acceptance that warm-up aims at, on both maps, 0.5 to 0.99.
    seed : int
        Seed of the draws.
    controls : list of str
        The controls to show, among ``FunnelLab.CONTROLS``.

    Raises
    ------
    ValueError
        If a trait cannot have the value given. The widget stays as it was.

    Examples
    --------
    >>> [round(float(FunnelLab(times=times).weight.mean()), 1) for times in (1, 10, 100)]
    [0.1, 0.8, 1.0]
    """

    STATE = ("group_sizes", "times", "mu_prior", "tau_prior", "target_accept", "seed")
    PYTHON = LINES

    group_sizes = state.group_sizes([PUBLISHED] * 8, lambda _: [MAX_SIZE] * 8, least=1)
    times = state.number(1.0, checks.positive, "Raise it.", low=MIN_TIMES, high=MAX_TIMES)
    mu_prior = state.location_prior(priors.Normal(0, 5))
    tau_prior = state.scale_prior(priors.HalfCauchy(5))
    target_accept = state.number(0.8, checks.positive, "Raise it.", low=0.5, high=0.99)
    seed = state.seed()

    def _given(self) -> dict[str, Any]:
        return schools()

    @property
    def groups(self) -> pooling.GroupSummaries:
        """The schools in use: their sizes, before they are multiplied, and effects."""
        data, J = schools(), len(self.group_sizes)
        return pooling.from_means(
            data["effect"][:J], n=self.group_sizes, labels=data["labels"][:J]
        )

    @property
    def known_sigma(self) -> Floats:
        """The sd of one observation in each school, with `times` taken into it, shape (J,)."""
        se = np.array(schools()["se"][: len(self.group_sizes)])
        return se * np.sqrt(PUBLISHED / self.times)

    @property
    def posterior(self) -> exact.ExactPosterior:
        """The exact posterior, which judges both maps."""
        return exact.normal_means(self.groups, sigma=self.known_sigma, **self._priors())

    @property
    def weight(self) -> Floats:
        """The shrinkage weight of each school at the posterior median of tau."""
        return self._weight(self.posterior.tau.quantile(0.5))

    def model(self, centred: bool) -> EightSchools:
        """Give the posterior as a target for the library's samplers.

        Parameters
        ----------
        centred : bool
            Whether the coordinates are the effects, or their standardised deviations.

        Returns
        -------
        EightSchools
            The target.
        """
        se = self.known_sigma / np.sqrt(self.group_sizes)
        options = {"centred": centred, "labels": self.groups.labels}
        return EightSchools(self.groups.mean, se, **options, **self._priors())

    def _priors(self) -> dict[str, priors.Prior]:
        return {name: priors.from_dict(getattr(self, name)) for name in ("mu_prior", "tau_prior")}

    def _weight(self, tau: float) -> Floats:
        return pooling.shrinkage_weight(self.groups.n, tau, self.known_sigma)

    def _start(self, posterior: exact.ExactPosterior) -> Floats:
        """Give the first chain's start on the non-centred map."""
        signs = np.where(np.arange(len(self.group_sizes)) % 2, -0.5, 1.0)
        level, spread = posterior.mu.quantile(0.95), posterior.tau.quantile(0.95)
        return np.concatenate([[level, np.log(spread)], signs])

    def _slots(self) -> dict[str, Any]:
        try:
            position = self._start(self.posterior).tolist()
        except ValueError:  # an improper posterior, as the lines will say
            position = [0.0] * (2 + len(self.group_sizes))
        return super()._slots() | {"position": position}

    @property
    def values(self) -> dict[str, Any]:
        """The numbers that the page states for the present state (``data-hbm-values``)."""
        posterior = self.posterior
        stated = {
            name: numbers(getattr(posterior, name).quantile([0.05, 0.5, 0.95]))
            for name in ("mu", "tau")
        }
        z = self._start(posterior)
        theta = np.concatenate([z[:2], z[0] + np.exp(z[1]) * z[2:]])
        log_density, gradient = {}, {}
        for name, q in {"centred": theta, "non_centred": z}.items():
            logp, grad = self.model(name == "centred").logp_and_grad(q)
            log_density[name], gradient[name] = float(logp), grad.tolist()
        return {
            "exact": stated,
            "weight": self._weight(stated["tau"][1]).tolist(),
            "position": z.tolist(),
            "log_density": log_density,
            "gradient": gradient,
        }

    def _picture(self) -> tuple[str, str]:
        posterior = self.posterior
        return self._figure(posterior), self._summary(posterior)

    def _figure(self, posterior: exact.ExactPosterior) -> str:
        """Draw the regions that hold 50% and 90% of the probability on both maps."""
        top, bottom = 44, 250
        figure = Figure(bottom + 62, "The posterior of one effect and log τ on two maps")
        low, high = np.log(posterior.tau.quantile([0.005, 0.999]))
        window = (low, high + 0.05 * (high - low))
        y = Scale(window, (bottom, top))
        up = np.linspace(*window, COLUMNS)
        log_density, moments = self._given_tau(posterior, up)
        figure.text(0, top - 8, "log τ", role="muted")
        figure.y_axis(y, 40)
        heavy = log_density > log_density.max() - 5
        for k, (title, name) in enumerate([("centred", "θ₁"), ("non-centred", "z₁")]):
            places = (40 + k * (WIDTH - 40) / 2, 40 + (k + 1) * (WIDTH - 40) / 2 - 14)
            mean, sd = moments[k]
            ends = (np.min((mean - 3 * sd)[heavy]), np.max((mean + 3 * sd)[heavy]))
            x, across = Scale(ends, places), np.linspace(*ends, COLUMNS)
            away = (across - mean[:, np.newaxis]) / sd[:, np.newaxis]
            mass = np.exp((log_density - np.log(sd))[:, np.newaxis] - 0.5 * away**2)
            order = np.sort(mass, axis=None)[::-1]
            kept = np.cumsum(order) / order.sum()
            wide, tall = (places[1] - places[0]) / 60, (bottom - top) / 60
            for share in (0.9, 0.5):
                inside = mass >= order[np.searchsorted(kept, share)]
                role = "partial" if k else "own"
                region = _cells(inside, x, y, across, up, wide, tall)
                figure.path(region, role, fill=True, opacity=0.3)
            figure.text((places[0] + places[1]) / 2, 16, title, "middle")
            figure.x_axis(x, bottom, name, 3)
        figure.text(0, bottom + 54, "shaded: 50% and 90% of the posterior of school A")
        return figure.svg()

    def _given_tau(
        self, posterior: exact.ExactPosterior, up: Floats
    ) -> tuple[Floats, list[tuple[Floats, Floats]]]:
        """Give the log density of log tau; given it, mean and sd of theta_1 and of z_1."""
        taus = np.exp(up)
        alone = exact.normal_means(
            self.groups, sigma=self.known_sigma, mu_prior=self._priors()["mu_prior"]
        )
        given = [alone.given_tau(tau) for tau in taus]
        centred = (
            np.array([one.theta.mean[0] for one in given]),
            np.array([one.theta.sd[0] for one in given]),
        )
        mu = np.array([one.mu.mean for one in given])
        mu_sd = np.array([one.mu.sd for one in given])
        error = self.known_sigma[0] / np.sqrt(self.group_sizes[0])
        total = taus**2 + error**2
        non_centred = (
            taus * (self.groups.mean[0] - mu) / total,
            np.sqrt((taus / total * mu_sd) ** 2 + error**2 / total),
        )
        with np.errstate(divide="ignore"):
            log_density = np.log(posterior.tau.pdf(taus)) + up
        return log_density, [centred, non_centred]

    def _summary(self, posterior: exact.ExactPosterior) -> str:
        """Say how far the schools stand on their own data."""
        low, middle, high = posterior.tau.quantile([0.05, 0.5, 0.95])
        weight = self._weight(middle)
        least, most = f"{weight.min():.2f}", f"{weight.max():.2f}"
        reach = most if least == most else f"from {least} to {most}"
        return (
            f"With all sizes times {self.times:g}, the exact posterior of τ has the median "
            f"{middle:.2f} (90% interval {low:.2f} to {high:.2f}). At that median the weights λ "
            f"of the schools are {reach}."
        )
