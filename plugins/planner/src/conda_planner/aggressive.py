"""The setting that names what is brought up to date with every change."""

from __future__ import annotations

from conda_kernel.setting import Setting, concatenated, texts

AGGRESSIVE_UPDATES: Setting[tuple[str, ...]] = Setting(
    "aggressive_update_packages",
    texts,
    default=("ca-certificates", "certifi", "openssl"),
    merge=concatenated,
    description="packages that are brought up to date with every change of an environment that has them",
)
