import dataclasses
import math

import numpy as np
import pytest
from skimage.color import rgb_from_hed

from inference.stain.vectors import RUIFROK, StainVectors

H = (0.650, 0.704, 0.286)
DAB = (0.268, 0.570, 0.776)


def test_ruifroks_vectors_are_those_of_the_article_and_of_scikit_image():
    assert (RUIFROK.hematoxylin, RUIFROK.dab) == (H, DAB)
    assert np.allclose(
        RUIFROK.matrix()[0], rgb_from_hed[0] / np.linalg.norm(rgb_from_hed[0]), atol=0.01
    )
    assert np.allclose(
        RUIFROK.matrix()[1], rgb_from_hed[2] / np.linalg.norm(rgb_from_hed[2]), atol=0.01
    )


def test_rows_are_unit_vectors_in_the_order_hematoxylin_dab_residual():
    matrix = StainVectors((6.50, 7.04, 2.86), DAB, (1.0, -2.0, 0.5)).matrix()
    assert np.allclose(np.linalg.norm(matrix, axis=1), 1)
    assert np.allclose(matrix[0], np.array(H) / np.linalg.norm(H))
    assert np.allclose(matrix[1], np.array(DAB) / np.linalg.norm(DAB))
    assert np.allclose(matrix[2] * math.sqrt(5.25), (1.0, -2.0, 0.5))


def test_the_residual_defaults_to_the_direction_at_right_angles_to_both_stains():
    matrix = RUIFROK.matrix()
    assert np.allclose(matrix[2] @ matrix[:2].T, 0)
    assert np.allclose(
        matrix[2], np.cross(matrix[0], matrix[1]) / np.linalg.norm(np.cross(matrix[0], matrix[1]))
    )


def test_vectors_cannot_be_changed():
    with pytest.raises(dataclasses.FrozenInstanceError):
        RUIFROK.dab = H  # type: ignore[misc]


@pytest.mark.parametrize(
    ("hematoxylin", "dab", "residual", "complaint"),
    [
        ((0.0, 0.0, 0.0), DAB, None, "hematoxylin vector is zero"),
        (H, (0.0, 0.0, 0.0), None, "DAB vector is zero"),
        ((0.6, -0.1, 0.2), DAB, None, "hematoxylin vector has a negative density"),
        (H, (0.2, 0.5, -0.7), None, "DAB vector has a negative density"),
        (H, tuple(2 * value for value in H), None, "parallel"),
        (H, DAB, (0.0, 0.0, 0.0), "residual vector is zero"),
        (H, DAB, tuple(a + b for a, b in zip(H, DAB, strict=True)), "in the plane"),
        ((math.nan, 0.7, 0.2), DAB, None, "finite"),
        (H, (0.2, math.inf, 0.7), None, "finite"),
        (H, (0.2, 0.7), None, "three"),
    ],
)
def test_impossible_vectors_are_refused_with_one_line(hematoxylin, dab, residual, complaint):
    with pytest.raises(ValueError, match=complaint) as error:
        StainVectors(hematoxylin, dab, residual)
    assert "\n" not in str(error.value)
