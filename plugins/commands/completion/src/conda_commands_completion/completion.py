"""Prints the code that makes a shell complete command lines."""

from __future__ import annotations

from conda_kernel.model.result import Result, Verbatim

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace

    from conda_kernel.kernel import Kernel

BASH = """\
_conda_complete() {
    local IFS=$'\\n'
    COMPREPLY=($(command conda __complete bash "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null))
}
complete -o bashdefault -o default -F _conda_complete conda
"""
ZSH = """\
_conda_complete() {
    local line
    local -a described
    for line in "${(@f)$(command conda __complete zsh "${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
        [[ -n $line ]] && described+=("${${line%%$'\\t'*}//:/\\\\:}:${line#*$'\\t'}")
    done
    if (( $#described )); then
        _describe conda described
    else
        _files
    fi
}
compdef _conda_complete conda
"""
FISH = """\
function __conda_complete
    set -l words (commandline -opc)
    command conda __complete fish $words[2..-1] (commandline -ct) 2>/dev/null
end
complete -c conda -a '(__conda_complete)'
"""
SCRIPTS = {"bash": BASH, "fish": FISH, "zsh": ZSH}


class Completion:
    """The command `conda completion`."""

    def __init__(self, kernel: Kernel) -> None:
        """Take nothing of the kernel: what is printed depends on the shell alone."""

    @staticmethod
    def add_arguments(parser: ArgumentParser) -> None:
        """Declare the arguments of the command."""
        parser.add_argument("shell", choices=sorted(SCRIPTS), metavar="SHELL", help="`bash`, `fish` or `zsh`")

    def run(self, arguments: Namespace) -> Result:
        """Return the code for a shell."""
        script = SCRIPTS[arguments.shell]
        return Result({"shell": arguments.shell, "script": script}, (Verbatim(script),))
