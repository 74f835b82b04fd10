"""EfficientNet-Lite3 (int8) in LiteRT."""

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from aionserver.models.labels import IMAGENET
from aionserver.models.pixels import Pixels, checked
from aionserver.models.tagging.contract import KEPT_FOR_SEARCH, ImageTags, Tag
from aionserver.models.weights import EFFICIENTNET

_SIDE_PX = 280
_LOGITS_TENSOR = "efficientnet-lite3/model/head/dense/BiasAdd"


class EfficientNetTagger:
    """`Tagger` over the 1,000 ImageNet classes; about 20 ms a picture on one thread."""

    name = "efficientnet-lite3-int8"
    version = EFFICIENTNET.sha256[:12]

    def __init__(self, threads: int) -> None:
        self._interpreter = _interpreter(threads)
        self._input: int = self._interpreter.get_input_details()[0]["index"]
        logits = next(t for t in self._interpreter.get_tensor_details() if t["name"] == _LOGITS_TENSOR)
        self._logits: int = logits["index"]
        self._scale: float = logits["quantization"][0]

    def tag(self, image: Pixels) -> ImageTags:
        """The probabilities of all classes and the most probable ones by everyday name."""
        import cv2

        square = cv2.resize(checked(image), (_SIDE_PX, _SIDE_PX), interpolation=cv2.INTER_AREA)
        self._interpreter.set_tensor(self._input, square[None])
        self._interpreter.invoke()
        probabilities = _softmax(self._interpreter.get_tensor(self._logits)[0] * np.float32(self._scale))
        return ImageTags(probabilities, _most_probable(probabilities))


def _interpreter(threads: int) -> Any:
    """The network, keeping its inner tensors: the 8-bit softmax output rounds all but the first few to 0."""
    from ai_edge_litert.interpreter import Interpreter

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        interpreter: Any = Interpreter(
            str(EFFICIENTNET.verified_path()),
            num_threads=threads,
            experimental_preserve_all_tensors=True,
        )
    interpreter.allocate_tensors()
    return interpreter


def _softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    exponentials = np.exp(logits - logits.max())
    return (exponentials / exponentials.sum()).astype(np.float32)


def _most_probable(probabilities: NDArray[np.float32]) -> tuple[Tag, ...]:
    order: list[int] = np.argsort(-probabilities, kind="stable")[:KEPT_FOR_SEARCH].tolist()
    return tuple(Tag(IMAGENET[i].name, float(probabilities[i]), i) for i in order)
