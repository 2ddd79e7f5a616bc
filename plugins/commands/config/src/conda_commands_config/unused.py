"""Settings that other conda tools read and nothing here does; they are known, so that files may have them."""

from __future__ import annotations

from conda_kernel.setting import (
    Setting,
    concatenated,
    flag,
    optional_flag,
    optional_text,
    text,
    texts,
    whole,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

NONE: tuple[str, ...] = ()

FLAGS = (
    ("add_pip_as_python_dependency", True, "treat `python` as if it needed `pip`"),
    ("allow_cycles", True, "accept packages that need each other"),
    ("auto_activate", True, "activate an environment when a shell starts"),
    ("changeps1", True, "show the active environment in the prompt"),
    ("dev", False, "development mode"),
    ("enable_private_envs", False, "nothing"),
    ("envvars_force_uppercase", True, "write the names of exported variables in upper case"),
    ("force_32bit", False, "treat this machine as one of 32 bits"),
    ("notify_outdated_conda", True, "tell of a newer version"),
    ("separate_format_cache", False, "keep both formats of one package"),
    ("solver_ignore_timestamps", False, "prefer no package because it is newer"),
    ("unsatisfiable_hints", True, "explain conflicts"),
)
NUMBERS = (
    ("auto_stack", 0, "stack environments up to this shell level"),
    ("unsatisfiable_hints_check_depth", 2, "how deep conflicts are looked for"),
    ("verify_threads", 0, "how many threads verify packages"),
    ("execute_threads", 0, "how many threads link and unlink"),
)
TEXTS = (
    ("env_prompt", "({default_env}) ", "what the prompt shows of the active environment"),
    ("sat_solver", "pycosat", "the engine of the classic solver"),
)
LISTS = (
    ("experimental", "labels of experiments"),
    ("export_platforms", "platforms that are exported for"),
    ("preview", "labels of previews"),
    ("track_features", "features that are tracked"),
)


def settings() -> tuple[Setting[Any], ...]:
    """Return all of them."""
    return (
        *(Setting(name, flag, default=default, description=told) for name, default, told in FLAGS),
        *(Setting(name, whole, default=default, description=told) for name, default, told in NUMBERS),
        *(Setting(name, text, default=default, description=told) for name, default, told in TEXTS),
        *(Setting(name, texts, default=NONE, merge=concatenated, description=told) for name, told in LISTS),
        Setting(
            "anaconda_upload",
            optional_flag,
            default=None,
            aliases=("binstar_upload",),
            description="upload packages that were built",
        ),
        Setting("default_python", optional_text, default=None, description="the Python of new environments"),
        Setting(
            "signing_metadata_url_base", optional_text, default=None, description="where signatures of packages lie"
        ),
    )
