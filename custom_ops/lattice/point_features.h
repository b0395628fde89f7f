// The features of a lattice's points. They are read from memory, or computed
// from the pixels of an image or volume when they are needed.
#ifndef RLOSS_LATTICE_POINT_FEATURES_H_
#define RLOSS_LATTICE_POINT_FEATURES_H_

#include <cstdint>

#include "image_grid.h"
#include "kernels.h"

namespace rloss {

template <typename Real>
class PointFeatures {
 public:
  // features [points][dim].
  PointFeatures(const Real* features, int dim)
      : numbers_(features), dim_(dim) {}

  // image [points][colours]. The features of a pixel are its position (x, y) or
  // (x, y, z) and its colours, over the bandwidths. They are multiplied by the
  // reciprocals, as on all devices, so that all find the same lattice.
  PointFeatures(const Real* image, const ImageGrid& grid)
      : numbers_(image),
        dim_(grid.dim()),
        axes_(grid.axes),
        height_(grid.height),
        width_(grid.width) {
    for (int i = 0; i < dim_; ++i) scales_[i] = Real(1) / Real(grid.sigma[i]);
  }

  int dim() const { return dim_; }

  // Returns the features of points [begin, end); D is dim(). `scratch` must
  // have room for these points, rounded up to whole blocks.
  template <int D>
  const Real* Get(int64_t begin, int64_t end, Real* scratch) const {
    if constexpr (D > 2) {
      if (axes_ == 2) return Make<D, 2>(begin, end, scratch);
    }
    if constexpr (D > 3) {
      if (axes_ == 3) return Make<D, 3>(begin, end, scratch);
    }
    return numbers_ + begin * D;
  }

 private:
  template <int D, int kAxes>
  const Real* Make(int64_t begin, int64_t end, Real* scratch) const {
    constexpr int kColours = D - kAxes;
    Real scales[kBlock * D];
    for (int i = 0; i < kBlock * D; ++i) scales[i] = scales_[i % D];
    const int64_t row = begin / width_;
    int64_t position[] = {begin % width_, row % height_, row / height_};
    const Real* colour = numbers_ + begin * kColours;
    for (int64_t first = begin; first < end; first += kBlock) {
      Real* block = scratch + (first - begin) * D;
      for (int64_t l = 0; l < kBlock; ++l) {
        const bool beyond = first + l >= end;
        for (int i = 0; i < kAxes; ++i) {
          block[l * D + i] = static_cast<Real>(position[i]);
        }
        for (int c = 0; c < kColours; ++c) {
          block[l * D + kAxes + c] = beyond ? Real(0) : *colour++;
        }
        if (++position[0] == width_) {
          position[0] = 0;
          if (++position[1] == height_) {
            position[1] = 0;
            ++position[2];
          }
        }
      }
      // This is a loop of its own, so that the compiler uses whole vectors.
      for (int i = 0; i < kBlock * D; ++i) block[i] *= scales[i];
    }
    return scratch;
  }

  const Real* numbers_;
  int dim_;
  int axes_ = 0;  // 0 if the features are read from memory
  int64_t height_ = 0, width_ = 0;
  Real scales_[kMaxDim] = {};
};

}  // namespace rloss

#endif  // RLOSS_LATTICE_POINT_FEATURES_H_
