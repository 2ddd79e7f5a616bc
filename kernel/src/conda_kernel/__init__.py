"""The kernel of the conda package manager: extension points, and the means to reach what is plugged into them.

Start with `conda_kernel.hookspecs`: it lists every extension point in the order in which a command meets them.
Importing this package imports nothing else, because `conda --version` does it too.
"""

__version__ = "0.1.0"
