"""Calibrate the declared pairs: ``python -m hbmlib.calibration FOLDER``.

A certificate that still holds is kept. A run that was stopped goes on where it was.
"""

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from hbmlib.calibration import calibrate
from hbmlib.calibration.pairs import PAIRS, faults


def main() -> int:
    """Run what the command line asks for; return 1 if a certificate is missing or wrong."""
    parser = argparse.ArgumentParser(description="Calibrate the declared pairs.")
    parser.add_argument("folder", type=Path, help="where the certificates are")
    parser.add_argument("--only", nargs="+", choices=PAIRS, default=list(PAIRS), metavar="PAIR")
    parser.add_argument("--simulations", type=int, default=1000)
    parser.add_argument("--check", action="store_true", help="say what is wrong, run nothing")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)
    pairs = [PAIRS[name] for name in options.only]
    if not options.check:
        for pair in pairs:
            if faults(options.folder, [pair]):
                # New processes for each, which read the code as it is now.
                with ProcessPoolExecutor(mp_context=get_context("spawn")) as executor:
                    _certify(pair, options, executor)
    found = faults(options.folder, pairs)
    print("\n".join(found) or f"All {len(pairs)} certificates hold.")
    return bool(found)


def _certify(pair, options, executor) -> None:
    part = options.folder / f"{pair.name}.part"
    run = {"executor": executor, "path": part}
    try:
        certificate = calibrate(pair, options.simulations, **run)
    except ValueError as error:
        if "same calibration" not in str(error):
            raise
        part.unlink()  # of code that has changed since
        certificate = calibrate(pair, options.simulations, **run)
    certificate.save(options.folder / f"{pair.name}.json")
    part.unlink()
    print(certificate)


if __name__ == "__main__":
    sys.exit(main())
