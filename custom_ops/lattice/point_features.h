// The features of a lattice's points. They are read from memory, or computed
// from the pixels of an image when they are needed.
#ifndef RLOSS_LATTICE_POINT_FEATURES_H_
#define RLOSS_LATTICE_POINT_FEATURES_H_

#include <cstdint>

#include "kernels.h"

namespace rloss {

template <typename Real>
class PointFeatures {
 public:
  // features [points][dim].
  PointFeatures(const Real* features, int dim)
      : numbers_(features), dim_(dim) {}

  // image [points / width][width][colours]. The features of a pixel are its
  // (x, y) / sigma_xy and its colours / sigma_rgb. They are multiplied by the
  // reciprocals, as on all devices, so that all find the same lattice.
  PointFeatures(const Real* image, int64_t width, int colours, Real sigma_xy,
                Real sigma_rgb)
      : numbers_(image),
        dim_(2 + colours),
        width_(width),
        position_scale_(Real(1) / sigma_xy),
        colour_scale_(Real(1) / sigma_rgb) {}

  int dim() const { return dim_; }

  // Returns the features of points [begin, end); D is dim(). `scratch` must
  // have room for these points, rounded up to whole blocks.
  template <int D>
  const Real* Get(int64_t begin, int64_t end, Real* scratch) const {
    if (width_ == 0) return numbers_ + begin * D;
    constexpr int kColours = D > 2 ? D - 2 : 0;
    Real scales[kBlock * D];
    for (int i = 0; i < kBlock * D; ++i) {
      scales[i] = i % D < 2 ? position_scale_ : colour_scale_;
    }
    int64_t y = begin / width_;
    int64_t x = begin % width_;
    const Real* colour = numbers_ + begin * kColours;
    for (int64_t first = begin; first < end; first += kBlock) {
      Real* block = scratch + (first - begin) * D;
      for (int64_t l = 0; l < kBlock; ++l) {
        const bool beyond = first + l >= end;
        block[l * D] = static_cast<Real>(x);
        if (D > 1) block[l * D + 1] = static_cast<Real>(y);
        for (int c = 0; c < kColours; ++c) {
          block[l * D + 2 + c] = beyond ? Real(0) : *colour++;
        }
        if (++x == width_) {
          x = 0;
          ++y;
        }
      }
      // This is a loop of its own, so that the compiler uses whole vectors.
      for (int i = 0; i < kBlock * D; ++i) block[i] *= scales[i];
    }
    return scratch;
  }

 private:
  const Real* numbers_;
  int dim_;
  int64_t width_ = 0;
  Real position_scale_ = 1;
  Real colour_scale_ = 1;
};

}  // namespace rloss

#endif  // RLOSS_LATTICE_POINT_FEATURES_H_
