import datetime as dt
import json
import re
from html.parser import HTMLParser
from importlib.resources import files

import pytest

from flowopt import ValidationError
from flowopt.report import LANGUAGES, render, write

DAY = dt.date(2026, 1, 12)
VOID = {"meta", "br", "rect", "circle", "path", "use"}


class Page(HTMLParser):
    """Collects the texts, rows and tags of a page, and whether its tags are balanced."""

    def __init__(self, html):
        super().__init__()
        self.open, self.tags, self.faults, self.text = [], [], [], ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data


def section(html, name):
    return html.split(f'<section id="{name}"')[1].split("</section>")[0]


@pytest.fixture(scope="module", params=LANGUAGES)
def lang(request):
    return request.param


@pytest.fixture(scope="module")
def html(plan, lang):
    return render(plan, lang, period="day", made_on=DAY)


def test_the_page_is_whole_in_both_languages(html, lang):
    page = Page(html)
    assert page.faults == []
    assert page.open == []
    assert f'<html lang="{lang}">' in html


def test_the_page_fetches_nothing_and_runs_nothing(html):
    lowered = html.lower()
    assert "http:" not in lowered
    assert "https:" not in lowered
    assert "//" not in re.sub(r"/\*.*?\*/", "", lowered)
    for word in ("<script", "src=", "url(", "@import", "<link", "<img", "<iframe", "javascript:"):
        assert word not in lowered, word
    assert "default-src 'none'" in html


def test_an_id_that_is_html_is_written_as_text(html):
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script>alert(1)" not in html
    assert "Mühle &amp; Söhne" in html


def test_the_five_indicators_come_first(html, lang):
    words = json.loads((files("flowopt.report") / "languages" / f"{lang}.json").read_text("utf-8"))
    first = html.split("<section")[1]
    keys = ("service_rate", "stock_level", "delivery_lead_time", "cost_per_unit")
    for key in (*keys, "non_conformity_rate"):
        assert words[f"indicator.{key}"] in first, key


def test_an_unknown_indicator_says_why(plan):
    shown = section(render(plan, "en"), "indicators")
    assert "unknown" in shown
    assert f"because {plan.indicators['non_conformity_rate'].note}" in shown
    french = section(render(plan, "fr"), "indicators")
    assert "car un plan ne peut pas dire ce qui ira mal" in french


def test_targets_trends_and_the_source_of_each_figure_are_shown(html, lang):
    shown = section(html, "indicators")
    assert shown.count('class="spark"') == 3  # service, lead time and cost have a trend
    words = {"en": ("planned", "recorded", "Target"), "fr": ("prévu", "constaté", "Objectif")}
    for word in words[lang]:
        assert word in shown
    assert "€" in shown  # the currency of the records


def test_what_is_not_delivered_stands_with_reason_and_remedy(plan, html, lang):
    shown = section(html, "unserved")
    assert sum(len(part.solution.unserved) for part in plan.rounds.values()) == 1
    assert "Far away" in shown
    words = {
        "en": ("longer than the day of any vehicle", "let the day of van-north last"),
        "fr": ("dépasse la journée de tout véhicule", "que la journée de van-north dure"),
    }
    for word in words[lang]:
        assert word in shown
    assert 'id="m-missed"' in html
    assert 'href="#m-missed"' in section(html, "maps")


def test_bottlenecks_are_marked_with_what_more_would_save(plan, html):
    lanes = plan.network.lanes
    train = lanes["mode"].tolist().index("rail")
    assert plan.flow.flow[train] == lanes["capacity"][train]
    saving = -plan.flow.reduced_costs[train]
    assert saving > 0
    shown = section(html, "flows")
    row = next(part for part in shown.split("<tr") if "rail" in part and "12" in part)
    assert 'class="full"' in row
    assert f"{saving:.2f}" in row.replace(",", ".")


def test_every_round_and_every_order_is_listed(plan, html):
    rounds = section(html, "rounds")
    count = sum(len(part.solution.routes) for part in plan.rounds.values())
    assert rounds.count('class="stops"') == count > 0
    orders = plan.replenishment.tables()["orders"]["quantity"]
    listed = re.findall(r"<td class=\"n\"><b>(\d+)</b></td>", section(html, "stock"))
    assert sorted(map(int, listed)) == sorted(int(order) for order in orders if order > 0)


def test_the_trail_of_the_figures_is_shown(plan, html):
    shown = section(html, "trace")
    assert plan.fingerprint in shown
    for step in plan.steps:
        assert step.engine in shown
        assert step.fingerprint in shown


def test_pictures_and_tables_have_a_name(html):
    page = Page(html)
    for tag, attributes in page.tags:
        if tag == "svg":
            named = "aria-label" in attributes or "aria-labelledby" in attributes
            assert named or attributes.get("aria-hidden") == "true"
    assert html.count("<table>") == html.count("<caption>")


def test_links_lead_somewhere(html):
    page = Page(html)
    ids = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(ids) == len(set(ids))
    targets = {a["href"][1:] for _, a in page.tags if a.get("href", "").startswith("#")}
    assert targets <= set(ids)


def test_figures_are_written_the_french_way(plan):
    shown = render(plan, "fr", currency="EUR", made_on=DAY)
    assert "12 janvier 2026".replace(" ", "\u00a0") in shown
    assert "%" in shown
    text = Page(shown).text
    assert not re.search(r"\d%", text)  # a space before it
    assert not re.search(r"\d\.\d", Page(section(shown, "flows")).text)
    assert re.search(r"\d,\d\d\u00a0€", text)


def test_the_same_plan_makes_the_same_page(plan):
    assert render(plan, "en", made_on=DAY) == render(plan, "en", made_on=DAY)


def test_a_plan_without_places_stock_and_vehicles_has_a_report_too(bare_plan, lang):
    html = render(bare_plan, lang)
    assert Page(html).faults == []
    assert '<section id="maps"' not in html
    words = {"en": ("No site holds stock", "No rounds are planned"), "fr": ("Aucun site", "Aucune")}
    for word in words[lang]:
        assert word in html


def test_demand_that_cannot_be_met_is_the_first_thing_to_do(bare_plan):
    html = render(bare_plan, "en", period="week")
    assert "1 customer gets less than it wants: 4 units per week are missing." in html
    assert "55.6%" in html  # 5 of 9 units
    assert '<th scope="row"><span class="site" title="c">c</span></th>' in html


def test_write_returns_the_file(plan, tmp_path):
    path = write(plan, tmp_path / "report.html", "fr", made_on=DAY)
    assert path.read_text("utf-8") == render(plan, "fr", made_on=DAY)


@pytest.mark.parametrize(("name", "value"), [("lang", "de"), ("period", "fortnight")])
def test_an_unknown_language_or_period_is_refused(plan, name, value):
    with pytest.raises(ValidationError) as error:
        render(plan, **{name: value})
    assert error.value.failures[0].column == name
