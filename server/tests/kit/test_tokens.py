"""Tokens."""

from aionserver.kit.tokens import family_of, following_token, is_well_formed, new_token

SECRET = b"secret" * 8


def test_a_token_is_new_each_time_and_well_formed() -> None:
    tokens = {new_token("ses_") for _ in range(100)}
    assert len(tokens) == 100
    assert all(is_well_formed("ses_", token) for token in tokens)


def test_a_mistyped_token_is_not_well_formed() -> None:
    token = new_token("ses_")
    for mistyped in (token[:-1], token + "A", "x" + token, token[:10] + token[11] + token[10] + token[12:]):
        assert mistyped == token or not is_well_formed("ses_", mistyped)


def test_a_token_is_of_one_kind() -> None:
    assert not is_well_formed("once_", new_token("ses_"))


def test_the_token_that_follows_is_the_same_each_time_and_another_for_each_secret() -> None:
    token = new_token("ses_")
    following = following_token("ses_", SECRET, token)
    assert is_well_formed("ses_", following)
    assert following == following_token("ses_", SECRET, token)
    assert len({token, following, following_token("ses_", b"other" * 8, token), new_token("ses_")}) == 4


def test_all_tokens_of_a_family_are_told_by_their_beginning_and_differ_by_their_end() -> None:
    tokens = [new_token("ses_")]
    for _ in range(50):
        tokens.append(following_token("ses_", SECRET, tokens[-1]))
    assert {family_of("ses_", token) for token in tokens} == {tokens[0][:21]}
    assert len({token[21:38] for token in tokens}) == len(tokens)
    assert family_of("ses_", new_token("ses_")) != tokens[0][:21]
