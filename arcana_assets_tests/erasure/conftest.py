"""A shop of three customers, with everything that is computed and published of them, and the run that erases one."""

import pytest

HER, OTHERS = "C17850", ("C12346", "C12347")
KEY = "a key of the tests, of more than 32 characters"


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv("ARCANA_PSEUDONYM_KEY", KEY)


def line(order, day, customer, price="1.5"):
    return f"{order},85123A,LAMP,2,{day} 10:30,{price},{customer},France\n"
