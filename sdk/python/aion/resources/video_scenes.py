"""Scenes of videos."""

from __future__ import annotations

from dataclasses import replace

from .._requests import fetch, get
from .._transport import redirect_target
from ..types.video import VideoSceneList
from ._base import Resource

__all__ = ["VideoScenesResource"]


class VideoScenesResource(Resource):
    """Scenes of videos."""

    async def list(self, video_id: str) -> VideoSceneList:
        """The scenes of a video, in order; none before it is analysed."""
        answer = await self._http.send(get("/videos/{video_id}/scenes", video_id=video_id))
        scenes = VideoSceneList.from_api_response(answer.json())
        return scenes if scenes.video_id else replace(scenes, video_id=video_id)

    async def get_thumbnail(self, scene_id: str) -> bytes:
        """A JPEG of the middle of a scene."""
        answer = await self._http.send(get("/video-scenes/{scene_id}/thumbnail", scene_id=scene_id))
        url = redirect_target(answer)
        return answer.content if url is None else (await self._http.send(fetch(url))).content
