"""The tenant's own bucket, for files uploaded with the storage target `custom`, and its keys for language models."""

from __future__ import annotations

from typing import Any, Optional

from .._requests import delete, get, post, present, put
from ..types.settings import ProviderKey, ProviderKeyList, ProviderKeyTest, S3ConfigStatus, S3ValidationResult
from ._base import Resource

__all__ = ["SettingsResource"]
PROVIDER_KEY = "/tenant/provider-keys/{provider_name}"


class SettingsResource(Resource):
    """The tenant's own bucket and keys for language models; changing them needs the role ADMIN."""

    async def configure_custom_s3(
        self,
        access_key_id: str,
        secret_access_key: str,
        bucket_name: str,
        region: str,
        *,
        endpoint_url: Optional[str] = None,
        prefix: Optional[str] = None,
    ) -> S3ConfigStatus:
        """The bucket, once the server has written to it; `endpoint_url` is for a store other than Amazon's."""
        payload = present(
            access_key_id=access_key_id,
            secret_access_key=secret_access_key,
            bucket_name=bucket_name,
            region=region,
            endpoint_url=endpoint_url,
            prefix=prefix,
        )
        return S3ConfigStatus.from_api_response(await self._object(post("/tenant/s3-config", payload)))

    async def get_custom_s3_status(self) -> S3ConfigStatus:
        """Whether a bucket is set up, and which."""
        return S3ConfigStatus.from_api_response(await self._object(get("/tenant/s3-config")))

    async def remove_custom_s3(self) -> dict[str, Any]:
        """Forgets the bucket; what lies in it stays there."""
        return await self._object(delete("/tenant/s3-config"))

    async def validate_custom_s3(self) -> S3ValidationResult:
        """Whether the bucket can be written and read now."""
        return S3ValidationResult.from_api_response(await self._object(post("/tenant/s3-config/validate")))

    async def list_provider_keys(self) -> ProviderKeyList:
        """The providers that a key of one's own may be set for, and what is set; no key is told."""
        return ProviderKeyList.from_api_response(await self._object(get("/tenant/provider-keys")))

    async def set_provider_key(self, provider: str, api_key: str, *, model: Optional[str] = None) -> ProviderKey:
        """The key, once the model has answered to it; the assistant then asks that model. Without one, the first."""
        request = put(PROVIDER_KEY, present(api_key=api_key, model=model), provider_name=provider)
        return ProviderKey.from_api_response(await self._object(request))

    async def test_provider_key(self, provider: str) -> ProviderKeyTest:
        """Whether the model answers to the key that is set."""
        return ProviderKeyTest.from_api_response(
            await self._object(post(f"{PROVIDER_KEY}/test", provider_name=provider))
        )

    async def remove_provider_key(self, provider: str) -> dict[str, Any]:
        """Forgets the key."""
        return await self._object(delete(PROVIDER_KEY, provider_name=provider))
