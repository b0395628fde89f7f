// A plain permutohedral lattice: what the compiled one is compared with.
//
// Written after Adams, Baek, Davis (2010) the way that the known CPU
// implementations go about it: keys of shorts in an open-addressing hash table,
// a vertex and a weight stored for each point and corner, one channel at a
// time, one thread, no vector code by hand. It stands for them in benchmarks
// where they are not at hand.
#ifndef RLOSS_BENCHMARKS_PLAIN_LATTICE_H_
#define RLOSS_BENCHMARKS_PLAIN_LATTICE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace plain {

// Numbers the vertices in the order in which they are first seen.
class VertexTable {
 public:
  explicit VertexTable(int dim);

  int Insert(const short* key);      // its number, given now if it is new
  int Find(const short* key) const;  // -1 if there is none
  int size() const { return static_cast<int>(keys_.size() / dim_); }
  const short* key(int vertex) const { return &keys_[int64_t{vertex} * dim_]; }

 private:
  std::size_t SlotOf(const short* key) const;  // its slot, or the free one for it
  void Grow();

  int dim_;
  std::vector<short> keys_;  // [vertices][dim]
  std::vector<int> slots_;   // vertices; a power of two, at most half full
};

class Lattice {
 public:
  // features [points][dim], of magnitude below some thousands: coordinates of
  // vertices are shorts.
  Lattice(const float* features, int64_t points, int dim);

  // values, output [channels][points]. The blurs go along the axes in order.
  void Filter(const float* values, int channels, float* output) const;

  int vertices() const { return vertices_; }

 private:
  void Embed(const float* feature, VertexTable* table, int* vertices,
             float* weights) const;
  void FindNeighbours(const VertexTable& table);

  int64_t points_;
  int dim_;
  int vertices_ = 0;
  std::vector<float> scales_;    // [dim]
  std::vector<int> vertex_;      // [points][dim + 1]
  std::vector<float> weight_;    // [points][dim + 1]
  std::vector<int> neighbours_;  // [dim + 1][vertices][2]; none is `vertices`
};

}  // namespace plain

#endif  // RLOSS_BENCHMARKS_PLAIN_LATTICE_H_
