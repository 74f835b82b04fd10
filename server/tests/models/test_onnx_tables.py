"""Tables taken out of a network: the same answers from the rows that are fed."""

import numpy as np
import pytest

from aionserver.models.onnx_sessions import open_session
from aionserver.models.onnx_tables import Table, taken_out
from aionserver.models.weights import MINILM, WeightsError

WORDS = Table("inner.embeddings.word_embeddings.weight_q", np.int8, 384)
FACTORS = Table("inner.embeddings.word_embeddings.weight_scale", np.float32, 1)


def test_a_network_says_the_same_with_its_tables_inside_and_fed() -> None:
    path = MINILM.verified_path()
    network, tables = taken_out(path, (WORDS, FACTORS))
    ids = np.array([[101, 2417, 3902, 102]])
    rest = {"attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
    rows = {name: table[ids[0]] for name, table in tables.items()}
    whole = open_session(path, 1).run(None, {"input_ids": ids, **rest})[0]
    fed = open_session(network, 1).run(None, {"input_ids": np.arange(4)[None], **rest, **rows})[0]
    assert (whole == fed).all()


def test_tables_are_read_only_views_of_the_file_and_not_in_the_network() -> None:
    path = MINILM.verified_path()
    network, tables = taken_out(path, (WORDS, FACTORS))
    assert {name: table.shape for name, table in tables.items()} == {WORDS.name: (30522, 384), FACTORS.name: (30522, 1)}
    assert len(network) < path.stat().st_size - 30522 * 384
    assert not any(table.flags.writeable or table.flags.owndata for table in tables.values())


def test_a_table_that_a_network_does_not_have_is_named_a_fault_of_its_file() -> None:
    with pytest.raises(WeightsError, match="lacks a table"):
        taken_out(MINILM.verified_path(), (Table("nothing", np.int8, 384),))
