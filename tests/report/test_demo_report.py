import re

import pytest

from flowopt.demo import folder
from flowopt.planning import plan_folder
from flowopt.report import render


@pytest.mark.slow
def test_the_report_of_the_demo_is_small_and_says_what_a_chief_of_operations_asks():
    plan = plan_folder(folder(), time_limit=3, workers=2)
    for lang, words in {
        "en": ("What to do", "Not delivered", "12,441 units per day", "€/case"),
        "fr": ("À faire", "Non livrés", "12\u202f441 unités par jour", "€/caisse"),
    }.items():
        html = render(plan, lang, period="day")
        assert len(html.encode()) < 250_000
        for word in (*words, "Paris Nord", "Saint-Étienne", "Bastia"):
            assert word in html, word
        assert not re.search(
            r"\bnan\b|None\b(?!<|,)", html.split("<main>")[1].split('id="trace"')[0]
        )
        maps = html.split('<section id="maps"')[1].split("</section>")[0]
        assert maps.count("<title>") > 270  # every site of both maps has its name
        assert maps.count('<use href="#m-warehouse"') >= 12
