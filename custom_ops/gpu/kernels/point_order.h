// The order in which an image's points fall into tiles.
//
// Points that lie near each other share vertices, so a tile should be a square
// piece of the image rather than a run of its raster: that halves the rows.
// The op is not told the width of an image, but finds it in the features.
#ifndef RLOSS_GPU_KERNELS_POINT_ORDER_H_
#define RLOSS_GPU_KERNELS_POINT_ORDER_H_

#include "layout.h"

namespace rloss {
namespace gpu {

constexpr uint32_t kPieceHeight = 16;
constexpr uint32_t kPieceWidth = kTilePoints / kPieceHeight;

// Returns the point at `position`. The raster of an image of `width` columns is
// cut into pieces, narrower and lower at its borders, which are taken row by
// row. This is a permutation of the points whatever the width, so a wrong width
// only costs time. Width 0 keeps the order of the points.
inline uint32_t PointAt(uint32_t position, uint32_t points, uint32_t width) {
  if (width == 0) return position;
  const uint32_t top = position / (kPieceHeight * width) * kPieceHeight;
  const uint32_t below = points / width - top;
  const uint32_t rows = below < kPieceHeight ? below : kPieceHeight;
  const uint32_t in_band = position - top * width;
  const uint32_t left = in_band / (kPieceWidth * rows) * kPieceWidth;
  const uint32_t beyond = width - left;
  const uint32_t columns = beyond < kPieceWidth ? beyond : kPieceWidth;
  const uint32_t in_piece = in_band - left * rows;
  return (top + in_piece / columns) * width + left + in_piece % columns;
}

// Returns whether a raster could have this width, because the feature that
// grows along a line begins again after so many points.
template <typename Real>
bool BeginsAgain(const Real* features, int dim, uint32_t points,
                 uint32_t width) {
  if (points % width != 0 || width == points) return false;
  for (int i = 0; i < 2 && i < dim; ++i) {
    const Real* line = features + uint64_t{width} * dim;
    if (features[i] != features[dim + i] && line[i] == features[i] &&
        line[dim + i] == features[dim + i]) {
      return true;
    }
  }
  return false;
}

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_KERNELS_POINT_ORDER_H_
