"""Settings of a training, from a TOML file; every default is a number that may be argued about."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

Share = Annotated[float, Field(ge=0, le=1)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Range = tuple[float, float]


class SettingsProblem(ValueError):
    """Settings that cannot be used; the message is one line for the user."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Images(_Section):
    """The annotated images and how they are split: by image, never by crop.

    Attributes
    ----------
    um_per_px
        Pixel size of the images.
    test
        Images that are never read, neither for training nor for a choice.
    validation
        Images on which checkpoints and thresholds are chosen.
    """

    um_per_px: Positive = 0.25
    test: tuple[str, ...] = ()
    validation: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _apart(self) -> "Images":
        if both := set(self.test) & set(self.validation):
            raise ValueError(f"in both test and validation: {', '.join(sorted(both))}")
        return self


class Target(_Section):
    """The heatmap that is learned, and how much each place of it weighs.

    Attributes
    ----------
    sigma_um
        Of the Gaussian on each tumor nucleus.
    margin_um
        Strip inside the border of an annotated crop that does not count: nuclei outside are not
        annotated, and their Gaussians reach inside.
    disc_um
        Radius of a nucleus: within it the place has the weight of its kind.
    tumor, other
        Weight on tumor nuclei and on nuclei of other kinds; what is unsure weighs nothing, and
        the ground between annotated nuclei 1.
    area
        Weight of the ground in a polygon that holds no tumor.
    """

    sigma_um: Positive = 1.7
    margin_um: NotNegative = 2.5
    disc_um: Positive = 3.2
    tumor: Positive = 1.0
    other: Positive = 3.0
    area: NotNegative = 1.0


class Augmentation(_Section):
    """How far pictures are varied; chances 0 to 1, ranges from least to most.

    Attributes
    ----------
    scale
        Magnification of a patch.
    stain
        Chance of another stain.
    stain_angle
        Standard deviation of the perturbation of each stain vector, as a fraction of its length.
    hematoxylin, dab, residual
        Range of the factor of each stain, drawn evenly on a logarithmic scale.
    blush, blush_od
        Chance and most DAB density that is added where there is tissue.
    clear
        Chance that the patch loses its common ground: cytoplasm as clear as glass.
    brown
        Chance that some nuclei of the patch hold DAB.
    solid
        Chance that the tumor nuclei of the patch are filled, blue or brown; docs/training.md
        says what that did.
    white
        Least value of a channel of the new white point, of 255.
    mixing
        Standard deviation of a random linear map of the three densities, off the identity.
    gamma
        Range of the exponent on brightness.
    blur
        Chance of another sharpness.
    blur_um, sharpen
        Largest standard deviation of the blur, and amount of the unsharp mask.
    coarser
        Largest factor by which resolution is taken away.
    noise
        Largest standard deviation of the noise, in gray levels.
    jpeg
        Range of the JPEG quality.
    """

    scale: Range = (0.7, 1.4)
    stain: Share = 0.9
    stain_angle: NotNegative = 0.12
    hematoxylin: Range = (0.5, 2.0)
    dab: Range = (0.2, 2.2)
    residual: Range = (0.3, 1.6)
    blush: Share = 0.4
    blush_od: NotNegative = 0.15
    clear: Share = 0.3
    brown: Share = 0.2
    solid: Share = 0.0
    white: Annotated[float, Field(ge=1, le=255)] = 195.0
    mixing: NotNegative = 0.06
    gamma: Range = (0.65, 1.5)
    blur: Share = 0.4
    blur_um: NotNegative = 0.8
    sharpen: NotNegative = 1.5
    coarser: Annotated[float, Field(ge=1)] = 2.0
    noise: NotNegative = 9.0
    jpeg: tuple[int, int] = (35, 95)


class Simulation(_Section):
    """Simulated fields with exact truth.

    Attributes
    ----------
    share
        Of the patches; 0 trains on annotated images alone.
    fields
        How many are rendered, each with its own tissue, stain and optics.
    side_um
        Side of one.
    """

    share: Share = 0.2
    fields: Annotated[int, Field(ge=1)] = 300
    side_um: Positive = 150.0


class Network(_Section):
    """Which network."""

    width: Annotated[int, Field(ge=8, multiple_of=4)] = 32
    stem: Literal["one", "two"] = "two"
    blocks: Annotated[int, Field(ge=1)] = 1


class Course(_Section):
    """The course of the training.

    Attributes
    ----------
    steps
        At most; a budget of minutes may end it earlier, and the learning rate follows whichever
        of the two is nearer to its end.
    rate, warm_up
        Adam's learning rate (Zhang 2020, section 3.5: 0.001), reached after that many steps and
        then lowered along a cosine to `last_rate` of it.
    average
        Decay of the moving average of the weights, which is what is validated and exported.
    validate_every, patience
        Steps between validations, and how many without a better result end the training.
    area_share
        Share of patches from polygons without tumor, where there are such.
    bf16
        Compute convolutions in bfloat16 where the device has instructions for it: twice as fast.
    """

    seed: int = 1
    steps: Annotated[int, Field(ge=1)] = 20000
    batch: Annotated[int, Field(ge=1)] = 8
    patch_px: Annotated[int, Field(ge=64, multiple_of=32)] = 256
    rate: Positive = 1e-3
    last_rate: Share = 0.02
    warm_up: Annotated[int, Field(ge=0)] = 200
    weight_decay: NotNegative = 1e-4
    average: Annotated[float, Field(ge=0, lt=1)] = 0.998
    validate_every: Annotated[int, Field(ge=1)] = 500
    patience: Annotated[int, Field(ge=1)] = 30
    area_share: Share = 0.25
    bf16: bool = True


class Detection(_Section):
    """How peaks become nuclei.

    Attributes
    ----------
    suppression_um
        Least distance of two nuclei.
    varied
        Further rounds of the validation in which each crop is varied in stain and optics as
        training patches are. They stand for other laboratories and weigh as much as the crops as
        they are.
    """

    suppression_um: Positive = 3.5
    varied: Annotated[int, Field(ge=0)] = 2


class Settings(_Section):
    """All of them."""

    images: Images = Images()
    target: Target = Target()
    augmentation: Augmentation = Augmentation()
    simulation: Simulation = Simulation()
    network: Network = Network()
    course: Course = Course()
    detection: Detection = Detection()


def read_settings(path: Path) -> Settings:
    """Read a TOML file; what it does not name keeps its default.

    Raises
    ------
    SettingsProblem
        With one line, if the file cannot be read or holds something that makes no sense.
    """
    try:
        with path.open("rb") as file:
            return Settings.model_validate(tomllib.load(file))
    except OSError as error:
        raise SettingsProblem(f"{path}: cannot be read ({error.strerror})") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsProblem(f"{path}: is not TOML ({error})") from error
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise SettingsProblem(f"{path}: {place}: {first['msg']}") from error
