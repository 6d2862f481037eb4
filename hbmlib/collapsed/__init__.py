"""The exact posterior of a regression whose lines vary, by quadrature over its three scales.

Given the scales tau_alpha, tau_beta and sigma everything else is normal. Each individual's
intercept and slope, then the two population means, are integrated out by algebra. What remains is
an integral over three scales, done by the trapezoidal rule on axes where it converges
exponentially. There is no Monte Carlo error, and the quadrature's is estimated.
"""

from hbmlib import checks
from hbmlib.collapsed.posterior import RegressionPosterior
from hbmlib.collapsed.refinement import integrate
from hbmlib.collapsed.scales import surface
from hbmlib.models import VaryingRegression

__all__ = ["RegressionPosterior", "varying_regression"]

RTOL = 1e-7
WORST = 1e-5  # an error above this is refused


def varying_regression(model: VaryingRegression, *, rtol: float = RTOL) -> RegressionPosterior:
    """Compute the posterior of a regression whose lines vary.

    Parameters
    ----------
    model : VaryingRegression
        Data and priors, without correlation; the coordinates do not matter.
    rtol : float, optional
        The error asked of the quadrature: of means in posterior sds, of sds relative.

    Returns
    -------
    RegressionPosterior
        Marginals with moments, quantiles, cdf and pdf; independent draws; the log marginal
        likelihood.

    Raises
    ------
    ValueError
        If `model` is another model or has a correlation, or its posterior lacks second moments.
    ArithmeticError
        If the quadrature does not reach an error of 1e-5.

    References
    ----------
    Lindley and Smith (1972), "Bayes estimates for the linear model", Journal of the Royal
    Statistical Society B 34, for the algebra given the scales.

    Examples
    --------
    >>> from hbmlib import simulate
    >>> from hbmlib.models import summarise_lines
    >>> data = simulate.bolstad_individuals(1, individuals=12)
    >>> posterior = varying_regression(VaryingRegression(summarise_lines(data.x, data.y)))
    >>> posterior.alpha.mean.shape
    (12,)
    """
    if not isinstance(model, VaryingRegression) or model.lkj is not None:
        came = "one with a correlation" if isinstance(model, VaryingRegression) else repr(model)
        raise ValueError(
            f"`model` must be a VaryingRegression without `lkj`; got {came[:80]}. "
            "Sample other models instead."
        )
    if not model.slowest_tail > 2.05:
        raise ValueError(
            "`model` must have a posterior with means and sds; got priors whose tails are too "
            "long for so few data. Use HalfNormal scales, or sample and read quantiles."
        )
    rtol = float(checks.positive("rtol", rtol, shape=()))
    shape, scan = surface(model)
    nodes, error = integrate(shape, shape.box(scan), rtol)
    if not error < max(rtol, WORST):
        raise ArithmeticError(
            f"`varying_regression` must reach an error of {WORST:g}; got {error:.1e}. "
            "Check the units of the data and the priors."
        )
    return RegressionPosterior(shape, nodes, error)
