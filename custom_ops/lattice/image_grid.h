// The grid of an image's or a volume's pixels, which are the points of a
// lattice.
#ifndef RLOSS_LATTICE_IMAGE_GRID_H_
#define RLOSS_LATTICE_IMAGE_GRID_H_

#include <algorithm>
#include <cstdint>

#include "vertex_key.h"

namespace rloss {

struct ImageGrid {
  int axes = 2;  // 2 for images, (height, width); 3 for volumes, with a depth
                 // before them
  int64_t height = 0, width = 0;
  int colours = 0;
  // The bandwidths of x, y (and z), and then that of each colour.
  float sigma[kMaxDim] = {};

  int dim() const { return axes + colours; }
};

// Returns a grid with one bandwidth for all axes and one for all colours.
inline ImageGrid UniformGrid(int axes, int64_t height, int64_t width,
                             int colours, float sigma_xyz, float sigma_color) {
  ImageGrid grid{axes, height, width, colours};
  std::fill_n(grid.sigma, axes, sigma_xyz);
  std::fill_n(grid.sigma + axes, colours, sigma_color);
  return grid;
}

}  // namespace rloss

#endif  // RLOSS_LATTICE_IMAGE_GRID_H_
