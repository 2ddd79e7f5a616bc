"""Shows how much the packages of an environment weigh."""

from conda_kernel.model.prefix import Prefix
from conda_kernel.model.result import Result, Table
from conda_kernel.options import add_target
from conda_kernel.prefixes import existing_environment


class Weight:
    def __init__(self, kernel):
        self.context = kernel.context

    @staticmethod
    def add_arguments(parser):
        add_target(parser)
        parser.add_argument("--least", type=int, default=0, metavar="BYTES", help="leave out what weighs less")

    def run(self, arguments):
        records = [installed.record for installed in Prefix(existing_environment(self.context)).records()]
        weights = {record.name: record.size or 0 for record in records}
        heavy = {name: size for name, size in sorted(weights.items()) if size >= arguments.least}
        rows = tuple((name, str(size)) for name, size in heavy.items())
        return Result({"weights": heavy}, (Table(("Name", "Bytes"), rows, right=frozenset({"Bytes"})),))
