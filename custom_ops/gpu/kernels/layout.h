// What the host hands to the kernels. Both sides compile this text, so it has
// plain pointers and numbers only; pointers are to memory of the device.
//
// The points of an image are taken in tiles of kTilePoints. Within a tile they
// share vertices, and each (tile, vertex) pair has a *row*: the place of the
// tile's contribution to that vertex. A point's D + 1 *entries* are its places
// in the lists of points that the rows of its tile sum over.
#ifndef RLOSS_GPU_DEVICE_LAYOUT_H_
#define RLOSS_GPU_DEVICE_LAYOUT_H_

#include <cstdint>

namespace rloss {
namespace gpu {

// Threads of every block, and points of a tile: one thread for each point.
constexpr int kThreads = 128;
constexpr int kTilePoints = kThreads;

// A vertex with more rows than this is summed by a whole block.
constexpr uint32_t kLongList = 64;

// Channels of rows and vertices are padded to a multiple of this.
constexpr int kPackChannels = 4;

constexpr uint32_t kMissing = 0xffffffffu;
constexpr uint64_t kNoFault = ~uint64_t{0};

struct Shape {
  uint64_t points;  // of each image
  uint32_t images;
  uint32_t tiles;   // of each image
};

// What the device counts. The host reads it back once, after `Embed`.
struct Counters {
  uint64_t fault;          // 2 * point of the batch + FaultKind; the least
  uint32_t rows;
  uint32_t vertices;
  uint32_t overflow;       // not zero: a table was too small
  uint32_t width;          // of the image whose raster the points are, or 0
  uint32_t list_end;       // numbers the lists of rows
  uint32_t long_vertices;  // with more than kLongList rows
};

enum FaultKind { kNotFinite = 0, kOutOfRange = 1 };

struct alignas(8) TileRows {
  uint32_t first, count;
};

// Where the list of a row lies among the entries of its tile.
struct alignas(4) EntrySpan {
  uint16_t begin, count;
};

struct alignas(8) Neighbours {
  uint32_t up, down;  // kMissing where there is none
};

// A finished lattice of a batch.
struct LatticeView {
  uint32_t* entries;        // [images * tiles][dim + 1][kTilePoints]:
                            //   row within the tile << 16 | place in the lists
  void* weights;            // Real, like entries
  TileRows* tile_rows;      // [images * tiles]
  EntrySpan* span_of_row;   // [rows]
  uint32_t* vertex_of_row;  // [rows]
  TileRows* list_of_vertex; // [vertices], into the next:
  uint32_t* rows_of_vertex; // [rows], in the order of tiles
  uint32_t* long_vertices;  // [Counters::long_vertices]
  Neighbours* neighbours;   // [dim + 1][vertices]
  Counters* counters;
  uint32_t rows, vertices, width;
};

// What building needs besides.
struct Scratch {
  const void* features;      // Real [images][points][dim]
  void* table;               // [images][slots]: 64-bit keys up to 5 dimensions,
                             //   beyond them 32-bit row + 1
  void* key_of_row;          // beyond 5 dimensions: [row_capacity]
  uint32_t* rows_in_slot;    // [images][slots]
  uint32_t* vertex_of_slot;  // [images][slots]
  uint32_t* slot_of_vertex;  // [row_capacity or images * slots, the lesser]
  uint32_t* slot_of_row;     // [row_capacity]
  uint32_t* arrival_of_row;  // [row_capacity]: its number within the slot
  uint32_t* tile_of_row;     // [row_capacity]
  EntrySpan* span_of_row;    // [row_capacity]
  uint64_t* arrived_rows;    // [rows]: tile << 32 | row, lists in any order
  uint32_t slots;            // of each image, a power of two
  uint32_t row_capacity;
  uint32_t max_probes;
};

// How points become places in the lattice. of_axis[i] makes coordinates of
// feature i - 1; the host computes them.
struct Scales {
  double of_axis[9];
  int32_t equalized;  // whether the weights are, see self_affinity.h
};

// One pass of the blur over one or two axes, for one or both orders of axes.
struct BlurPass {
  const void* source[2];  // Pack<Real> [vertices][packs]
  void* target[2];        // the first alone where `sum`
  int32_t axis[2];        // first axis of the pass
  int32_t step[2];        // to its second: 1 or -1
  int32_t orders;
  int32_t sum;            // whether the target is the sum of both orders
};

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_DEVICE_LAYOUT_H_
