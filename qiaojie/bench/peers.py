"""The other side of the comparison with counting: for one number, what a good developer would write by hand.

Each statement counts one indicator of ``chongqing-work-2023`` on 31 December, approved facts only, grouped by county. It
tells nothing of what is pending or counted elsewhere, knows no other day, asks nobody about handing over, and keeps
nothing.
"""

from __future__ import annotations

from qiaojie.lib.dialects import day_of, full_years

_DAYS = "f.happened_on BETWEEN '2023-01-01' AND '2023-12-31'"

# Care that goes on over New Year counts from that day.
_GOES_ON = """
(f.happened_on BETWEEN '2023-01-01' AND '2023-12-31'
  OR (f.happened_on < '2023-01-01' AND (f.ends IS NULL OR f.ends >= '2023-01-01')))
"""
_DAY, _CARE_DAY = (
    "f.happened_on",
    "CASE WHEN f.happened_on < '2023-01-01' THEN {new_year} ELSE f.happened_on END",
)

_EVENTS = """
SELECT f.filed_by_id, COUNT(*) FROM training_trainingevent f
WHERE f.state = 'approved' AND {days} AND f.kind = 'massage' AND f.has_plan AND f.has_sign_in
GROUP BY f.filed_by_id
"""

# Each once, in the county of the first: no event of one person in one class, and no base, is counted by two.
_ONCE = """
SELECT unit, COUNT(*) FROM (
  SELECT {unit} AS unit{split}, ROW_NUMBER() OVER (PARTITION BY {key} ORDER BY {day}, f.id{newest}) AS place
  FROM {table} f {join}
  WHERE f.state = 'approved' AND {days} AND {where}
) counted
WHERE place = 1{of_split}
GROUP BY unit
"""

# Each once in every county: a person with facts in two is counted by both.
_DISTINCT = """
SELECT {unit}, COUNT(DISTINCT {key})
FROM {table} f {join}
WHERE f.state = 'approved' AND {days} AND {where}{of_split}
GROUP BY {unit}
"""

_CERTIFIED = """
JOIN people_person p ON p.id = f.person_id
JOIN people_certificate c ON c.person_id = p.id
  AND (c.issued_on IS NULL OR c.issued_on <= {day})
  AND (c.expires_on IS NULL OR c.expires_on >= {day})
  AND (c.ended_on IS NULL OR c.ended_on >= {day})
"""

_NEWEST = ", c.issued_on DESC NULLS LAST, c.id DESC"

_CLASS = "JOIN training_trainingclass t ON t.id = f.training_class_id"

_COMPLETED = "f.result = 'completed' AND t.state = 'approved' AND t.kind = '{kind}' AND (t.has_sign_in OR t.has_sign_in IS NULL)"

_NEWLY_EMPLOYED = """
f.proof IN ('contract', 'income', 'licence', 'insurance') AND NOT f.continues
AND {age} >= 16 AND {age} < CASE p.sex WHEN '2' THEN 55 WHEN '1' THEN 60 END
AND COALESCE(p.canonical_id, p.id) NOT IN (
  SELECT COALESCE(q.canonical_id, q.id) FROM livelihoods_employment b JOIN people_person q ON q.id = b.person_id
  WHERE b.state = 'approved' AND b.begins < '2023-01-01' AND (b.ends IS NULL OR b.ends >= '2022-12-31')
)
"""

_PERSON = "COALESCE(p.canonical_id, p.id)"
_ISSUER = "COALESCE(c.county_id, f.filed_by_id)"
_PAYER = "COALESCE(f.payer_id, f.filed_by_id)"
_ORIGIN = "COALESCE(f.origin_id, f.filed_by_id)"


def once() -> dict[str, str]:
    """For each indicator the statement that gives the numbers of its definition, for the connected database."""
    return _all(_ONCE)


def distinct() -> dict[str, str]:
    """The same with ``COUNT(DISTINCT …)`` by county: shorter, but a person under two counties counts twice."""
    return _all(_DISTINCT)


def _all(shape: str) -> dict[str, str]:
    employed = _NEWLY_EMPLOYED.format(age=full_years("f.happened_on", "p.birth_date"))

    def persons(
        table: str,
        where: str,
        unit: str = _ISSUER,
        join: str = "",
        split: str = "",
        days: str = _DAYS,
        day: str = _DAY,
    ) -> str:
        return shape.format(
            day=day,
            unit=unit,
            key=_PERSON,
            table=table,
            join=f"{join}{_CERTIFIED.format(day=day)}",
            newest=_NEWEST,
            where=where,
            days=days,
            split=", f.settlement" if split else "",
            of_split=f" AND settlement = '{split}'" if split else "",
        )

    def things(table: str, key: str, where: str, join: str) -> str:
        return shape.format(
            unit="f.filed_by_id",
            key=key,
            table=table,
            join=join,
            newest="",
            where=where,
            day=_DAY,
            days=_DAYS,
            split="",
            of_split="",
        )

    def cared_for(where: str, unit: str = _ISSUER) -> str:
        new_year = _CARE_DAY.format(new_year=day_of("2023-01-01"))
        return persons("support_careservice", where, unit, days=_GOES_ON, day=new_year)

    enrolment, employment = "training_enrolment", "livelihoods_employment"
    practical = f"{_CLASS} JOIN people_person p ON p.id = f.person_id"
    event = f"f.training_class_id * 4294967296 + {_PERSON}"
    return {
        "practical_training": things(enrolment, event, _COMPLETED.format(kind="practical"), practical),
        "support_bases": things(
            "bases_supportpayment",
            "f.base_id",
            "b.kind = 'rural' AND b.state = 'approved'",
            "JOIN bases_base b ON b.id = f.base_id",
        ),
        "livelihood_employment": persons(employment, employed),
        "urban_employment": persons(employment, employed, split="urban"),
        "rural_employment": persons(employment, employed, split="rural"),
        "graduate_services": persons(
            "livelihoods_graduateservice", "f.verified AND f.graduated_in = 2023", _ORIGIN
        ),
        "vocational_training": persons(enrolment, _COMPLETED.format(kind="vocational"), join=_CLASS),
        "care": cared_for("TRUE"),
        "care_purchased": cared_for("f.purchased", _PAYER),
        "care_boarding": cared_for("f.purchased AND f.form = 'boarding' AND f.boarding_months >= 1", _PAYER),
        "massage_sessions": _EVENTS.format(days=_DAYS),
    }
