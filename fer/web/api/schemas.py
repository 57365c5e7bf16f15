"""What the API takes and answers, word for word."""

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from fer.lesson.reader import Looked
from fer.records import EMOTIONS, REASONS, UNSURE, Identity, Reading
from fer.vision.cards import Card

MOST_PICTURES = 32
Share = Annotated[float, Field(ge=0, le=1)]
Picture = Annotated[str | bytes, Field(description="The file; in JSON its base64, or a data: URL with it")]
Status = Literal["waiting", "running", "done", "failed", "cancelled"]
Pictures = Annotated[list[Picture], Field(min_length=1, max_length=MOST_PICTURES)]


class Options(BaseModel):
    model_config = ConfigDict(extra="forbid")

    model: str | None = Field(default=None, description="One of GET /models; without it, the one that serves lessons")
    limit: int | None = Field(default=None, ge=1, le=1000, description="So many faces at most, the largest first")
    min_score: float = Field(
        default=0.0,
        ge=0,
        le=1000,
        description="Faces of which the detector is less sure are left out; YuNet's scores end at 1",
    )


class PictureIn(Options):
    image: Picture


class PicturesIn(Options):
    images: Pictures


class VideoIn(Options):
    video: Picture
    every: float = Field(default=0.5, ge=0.1, le=60, description="Seconds from one look to the next")


class Size(BaseModel):
    width: int
    height: int


class Box(BaseModel):
    """In pixels of the picture the right way up, as its EXIF says; it may reach beyond the edge."""

    x: float
    y: float
    width: float
    height: float


class IdentityOut(BaseModel):
    name: str
    similarity: float = Field(description="Cosine of the face to this person's")

    @classmethod
    def of(cls, identity: Identity) -> "IdentityOut":
        return cls(name=identity.name, similarity=round(identity.similarity, 4))


class FaceOut(BaseModel):
    box: Box
    score: float = Field(description="How sure the detector is that this is a face")
    expression: Literal[(*EMOTIONS, UNSURE)]  # type: ignore[valid-type]
    unsure_because: Literal[(*REASONS, None)]  # type: ignore[valid-type]
    probabilities: dict[str, float] = Field(description=f"Of {', '.join(EMOTIONS)}; together 1")
    identity: IdentityOut | None = Field(
        default=None, description="Somebody who agreed to be named; null: unknown, or the key is not for that"
    )

    @classmethod
    def of(cls, reading: Reading) -> "FaceOut":
        x1, y1, x2, y2 = reading.box_xyxy
        return cls(
            box=Box(x=x1, y=y1, width=x2 - x1, height=y2 - y1),
            score=reading.score,
            expression=reading.expression,
            unsure_because=reading.unsure_because,
            probabilities=dict(zip(EMOTIONS, reading.probabilities, strict=True)),
            identity=IdentityOut.of(reading.identity) if reading.identity else None,
        )


class ModelName(BaseModel):
    name: str
    version: str = Field(description="The first 12 digits of the SHA-256 of its weights")

    @classmethod
    def of_card(cls, card: Card) -> "ModelName":
        return cls(name=card.name, version=card.version)


class Analysis(BaseModel):
    image: Size
    faces: list[FaceOut] = Field(description="The largest first; none where no face is seen")
    model: ModelName
    ms: float = Field(description="How long the server looked at it")

    @classmethod
    def of(cls, looked: Looked, options: Options) -> "Analysis":
        wanted = [one for one in looked.readings if one.score >= options.min_score][: options.limit]
        return cls(
            image=Size(width=looked.width, height=looked.height),
            faces=[FaceOut.of(reading) for reading in wanted],
            model=ModelName.of_card(looked.card),
            ms=round(looked.ms, 1),
        )


class Failed(BaseModel):
    error: str


class Batch(BaseModel):
    results: list[Analysis | Failed] = Field(description="One for each picture, in their order")


class Model(ModelName):
    is_default: bool
    accuracy: float = Field(description="Share of FER-2013's PublicTest that gets its label")

    @classmethod
    def of(cls, card: Card, served: str) -> "Model":
        accuracy = card.metrics["accuracy"]
        return cls(name=card.name, version=card.version, is_default=card.name == served, accuracy=accuracy)


class Models(BaseModel):
    models: list[Model]


class Health(BaseModel):
    status: Literal["ok"] = "ok"


class VideoFace(FaceOut):
    face: int = Field(description="A number that stays with the face through the video, from 0")


class Look(BaseModel):
    time_s: float
    faces: list[VideoFace]


class VideoAnalysis(BaseModel):
    image: Size
    looks: list[Look]
    model: ModelName


class JobOut(BaseModel):
    id: str
    status: Status
    progress: Share
    error: str | None = None
    result: VideoAnalysis | None = Field(default=None, description="When it is done")


class ProblemOut(BaseModel):
    """RFC 9457; as application/problem+json."""

    type: Literal["about:blank"] = "about:blank"
    title: str
    status: int
    detail: str


def body(schema: type[Options], field: str) -> dict[str, Any]:
    """The OpenAPI of a body that may be JSON or a form with the same names; ``field`` holds the file or files."""
    as_json, as_form = schema.model_json_schema(), schema.model_json_schema()
    many = as_json["properties"][field].get("type") == "array"
    for one, file in (
        (as_json, {"type": "string", "format": "byte"}),
        (as_form, {"type": "string", "format": "binary"}),
    ):
        old = one["properties"][field]
        where = old["items"] if many else old
        where.pop("anyOf")
        where |= file
    return {
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": as_json}, "multipart/form-data": {"schema": as_form}},
        }
    }
