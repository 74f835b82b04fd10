"""Uploads past the API: a URL is asked for, the bytes are put there, and the upload is confirmed."""

from __future__ import annotations

import pytest

from aion import AionvisionPermissionError

from .stand_in import Answer

ASK = "POST /api/v2/uploads/request-presigned-url"
CONFIRM = "POST /api/v2/uploads/confirm"
CONFIRMED = Answer(data={"upload_id": "u1", "object_key": "k", "storage_path": "p", "confirmed": True})


def place(api, **more):
    known = {"upload_url": api.base_url.replace("/api/v2", "/put/k"), "upload_method": "PUT", "object_key": "k"}
    return Answer(data={**known, "upload_headers": {"content-type": "image/jpeg", "x-signed": "1"}, **more})


async def test_a_picture_is_put_and_confirmed(client, api, photo):
    api.plan(ASK, place(api))
    api.plan("PUT /put/k", Answer(raw=b""))
    api.plan(CONFIRM, CONFIRMED)
    assert (await client.uploads.upload_presigned(photo("a.jpg", b"bytes"))).confirmed
    asked, put, confirmed = api.asked
    assert asked.json["size_bytes"] == 5
    assert (put.body, put.headers["content-length"], put.headers["x-signed"]) == (b"bytes", "5", "1")
    assert put.headers["content-type"] == "image/jpeg"
    assert "authorization" not in put.headers
    assert confirmed.json == {"object_key": "k", "size_bytes": 5}


async def test_a_form_is_posted_where_the_storage_wants_one(client, api):
    api.plan(ASK, place(api, upload_method="POST", upload_headers={}, upload_fields={"policy": "p"}))
    api.plan("POST /put/k", Answer(204, raw=b""))
    api.plan(CONFIRM, CONFIRMED)
    await client.uploads.upload_presigned(b"bytes", filename="a.jpg")
    posted = api.asked[1]
    assert posted.headers["content-type"].startswith("multipart/form-data")
    assert posted.body.index(b'name="policy"') < posted.body.index(b'name="file"')


async def test_a_signature_that_is_refused_is_told(client, api, photo):
    api.plan(ASK, place(api))
    api.plan("PUT /put/k", Answer(403, {"error": {"code": "SIGNATURE_EXPIRED", "message": "It has expired."}}))
    with pytest.raises(AionvisionPermissionError, match="expired"):
        await client.uploads.upload_presigned(photo("a.jpg"))
    assert len(api.asked) == 2
