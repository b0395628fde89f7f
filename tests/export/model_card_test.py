"""The model card as people read it."""

from tf_rloss.export.model_card import render


def test_the_card_of_bands_says_how_their_values_are_scaled():
    form = {"channels": 2, "value_range": [[0.0, 100.0], [-5.0, 5.0]]}
    text = render({"title": "Bands", "image_form": form})
    assert "# image: float32 (B, H, W, 2), any size, with values scaled" in text
    assert '"uint8" takes bytes' not in text
    assert "## Image form" in text
    assert "| value_range | 0, 100; -5, 5 |" in text
