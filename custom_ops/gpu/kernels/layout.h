// The structs that the host hands to the kernels. Both sides compile this text,
// so it has only numbers and plain pointers to memory of the device.
//
// The points of an image are taken in tiles of kTilePoints. Within a tile they
// share vertices, and each (tile, vertex) pair has a *row*: the place of the
// tile's contribution to that vertex. A row sums over a list of its tile's
// points. A point's D + 1 *entries* are its places in these lists.
#ifndef RLOSS_GPU_KERNELS_LAYOUT_H_
#define RLOSS_GPU_KERNELS_LAYOUT_H_

#include <cstdint>

namespace rloss {
namespace gpu {

// Every block has this many threads, and a tile as many points: a thread for
// each point.
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

// The numbers that the device counts. The host reads them back once, after
// `Embed`.
struct Counters {
  uint64_t fault;          // the least 2 * point of the batch + FaultKind
  uint32_t rows;
  uint32_t vertices;
  uint32_t overflow;       // not zero: a table was too small
  uint32_t width;          // of the image, or 0 if the points are no image
  uint32_t list_end;       // end of the lists of rows so far
  uint32_t long_vertices;  // vertices with more than kLongList rows
};

enum FaultKind { kNotFinite = 0, kOutOfRange = 1 };

// The rows of a tile, or of a vertex.
struct alignas(8) TileRows {
  uint32_t first, count;
};

// The place of a row's list among the entries of its tile.
struct alignas(4) EntrySpan {
  uint16_t begin, count;
};

struct alignas(8) Neighbours {
  uint32_t up, down;  // kMissing where there is none
};

// The finished lattices of a batch.
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

// The memory that only building needs.
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

// The scales of the features, which the host computes. Feature i - 1 times
// of_axis[i] is a coordinate of the lattice.
struct Scales {
  double of_axis[9];
  int32_t equalized;  // 1 if the weights are equalized, see self_affinity.h
};

// One pass of the blur over one or two axes, for one or both orders of axes.
struct BlurPass {
  const void* source[2];  // Pack<Real> [vertices][packs]
  void* target[2];        // if `sum`, only the first is used
  int32_t axis[2];        // first axis of the pass
  int32_t step[2];        // from the first axis to the second: 1 or -1
  int32_t orders;
  int32_t sum;            // 1 if the target is the sum of both orders
};

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_KERNELS_LAYOUT_H_
