"""One token for all, renewed once."""

import asyncio

import pytest

from uploader.api.tokens import Key, Tokens
from uploader.core.errors import CredentialsError


class Source:
    """Gives tokens t1, t2, … of some lifetime."""

    def __init__(self, lifetime: float = 3600) -> None:
        self.lifetime = lifetime
        self.asked = 0
        self.now = 0.0

    async def fetch(self) -> tuple[str, float]:
        self.asked += 1
        await asyncio.sleep(0)
        return f"t{self.asked}", self.lifetime

    def tokens(self) -> Tokens:
        return Tokens(self.fetch, lambda: self.now)


async def test_many_callers_share_one_token_request() -> None:
    source = Source()
    tokens = source.tokens()
    found = await asyncio.gather(*(tokens.get() for _ in range(20)))
    assert {token.text for token in found} == {"t1"}
    assert source.asked == 1


async def test_token_is_renewed_before_it_expires() -> None:
    source = Source(lifetime=3600)
    tokens = source.tokens()
    await tokens.get()
    source.now = 3539
    assert (await tokens.get()).text == "t1"
    source.now = 3541
    assert (await tokens.get()).text == "t2"


async def test_all_workers_share_one_renewal() -> None:
    source = Source()
    tokens = source.tokens()
    token = await tokens.get()
    token.worked = True
    for _ in range(8):
        tokens.refused(token, "expired")
    assert {(await tokens.get()).text for _ in range(8)} == {"t2"}
    assert source.asked == 2


async def test_refused_fresh_token_stops_the_run() -> None:
    tokens = Source().tokens()
    tokens.refused(await tokens.get(), "expired")
    with pytest.raises(CredentialsError, match="Access denied"):
        tokens.refused(await tokens.get(), "Access denied.")


async def test_renewed_token_may_expire_again() -> None:
    source = Source()
    tokens = source.tokens()
    for number in range(1, 5):
        token = await tokens.get()
        assert token.text == f"t{number}"
        token.worked = True
        tokens.refused(token, "expired")


def test_token_has_no_readable_repr() -> None:
    from uploader.api.tokens import Token

    assert "secret" not in repr(Token("secret", 1.0))


async def test_refused_key_stops_at_once() -> None:
    key = Key("k", "UPLOADER_CAMPAIGN_API_KEY")
    token = await key.get()
    token.worked = True
    assert token.text == "k"
    assert key.is_current(token)
    with pytest.raises(CredentialsError, match="campaign's key: Access denied"):
        key.refused(token, "Access denied.")


@pytest.mark.parametrize("lifetime", [-5, 0, None, "NaN", "inf", "soon", float("nan"), 10**400, [1]])
def test_invalid_lifetime_means_one_hour(lifetime: object) -> None:
    """Else each lead would ask for a token of its own."""
    from uploader.api.login import token_lifetime

    assert token_lifetime({"expires_in": lifetime}) == token_lifetime({}) == 3600
