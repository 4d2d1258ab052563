from flowopt.report import summary_lines


def test_a_plan_is_told_in_a_few_lines(plan):
    lines = summary_lines(plan, "en", period="day")
    assert lines[0].startswith("1 supplier, 1 plant, 2 warehouses, 6 customers, 2 items.")
    assert "But 1 delivery is on no round." in lines[0]
    text = "\n".join(lines)
    for name in ("Service rate", "Stock level", "Delivery lead time", "Logistics cost per unit"):
        assert name in text
    assert "€" in text
    assert "1 delivery is on no round: Far away." in text


def test_an_indicator_that_is_unknown_is_a_dash(bare_plan):
    lines = summary_lines(bare_plan, "fr")
    assert any(line.split() == ["Taux", "de", "non-conformité", "–"] for line in lines)
    assert "il manque 4 unités par période" in "\n".join(lines)
