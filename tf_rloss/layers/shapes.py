"""The type of shapes, as the layers' `compute_output_shape` takes and returns them."""

Shape = tuple[int | None, ...]
