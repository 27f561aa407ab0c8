"""The table of areas names modules and tests that exist."""

from tests.mutation.areas import AREAS, all_modules, modules_of, stages_of
from tests.support.paths import ROOT


def test_each_area_has_modules_and_tests() -> None:
    for area in AREAS.values():
        assert len(modules_of(area, ROOT)) >= len(area.modules)
    modules = all_modules(ROOT, [])
    assert len(modules) == len(set(modules)) == sum(len(modules_of(area, ROOT)) for area in AREAS.values())
    for module in modules:
        assert all((ROOT / tests).exists() for stage in stages_of(module, ROOT) for tests in stage)
