// A plain permutohedral lattice, with which benchmarks compare the package's.
//
// It is written after Adams, Baek, Davis (2010) as known CPU implementations
// are: keys of shorts in an open-addressing hash table, a vertex and a weight
// stored for each point and corner, one channel at a time, one thread, no
// vector code by hand. It stands for them where they are not installed.
#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace plain {

// Numbers the vertices in the order in which they are first seen.
class VertexTable {
 public:
  explicit VertexTable(int dim);

  int Insert(const short* key);      // its number, a new one if it is new
  int Find(const short* key) const;  // -1 if there is none
  int size() const { return static_cast<int>(keys_.size() / dim_); }
  const short* key(int vertex) const { return &keys_[int64_t{vertex} * dim_]; }

 private:
  std::size_t SlotOf(const short* key) const;  // its slot, or a free one
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

VertexTable::VertexTable(int dim) : dim_(dim), slots_(1 << 16, -1) {}

std::size_t VertexTable::SlotOf(const short* key) const {
  std::size_t hash = 0;
  for (int i = 0; i < dim_; ++i) hash = (hash + key[i]) * 2531011;
  std::size_t slot = (hash ^ hash >> 20) & (slots_.size() - 1);
  while (slots_[slot] >= 0 &&
         !std::equal(key, key + dim_, this->key(slots_[slot]))) {
    slot = (slot + 1) & (slots_.size() - 1);
  }
  return slot;
}

int VertexTable::Find(const short* key) const { return slots_[SlotOf(key)]; }

int VertexTable::Insert(const short* key) {
  std::size_t slot = SlotOf(key);
  if (slots_[slot] >= 0) return slots_[slot];
  const int vertex = size();
  keys_.insert(keys_.end(), key, key + dim_);
  slots_[slot] = vertex;
  if (2 * static_cast<std::size_t>(vertex) >= slots_.size()) Grow();
  return vertex;
}

void VertexTable::Grow() {
  slots_.assign(2 * slots_.size(), -1);
  for (int v = 0; v < size(); ++v) slots_[SlotOf(key(v))] = v;
}

Lattice::Lattice(const float* features, int64_t points, int dim)
    : points_(points), dim_(dim), scales_(dim) {
  // With these scales the variance of the blur is one in units of the features.
  for (int i = 1; i <= dim; ++i) {
    scales_[i - 1] = static_cast<float>((dim + 1) * std::sqrt(2.0 / 3.0) /
                                        std::sqrt(double(i) * (i + 1)));
  }
  vertex_.resize(points * (dim + 1));
  weight_.resize(points * (dim + 1));
  VertexTable table(dim);
  for (int64_t p = 0; p < points; ++p) {
    const int64_t first = p * (dim + 1);
    Embed(features + p * dim, &table, &vertex_[first], &weight_[first]);
  }
  vertices_ = table.size();
  FindNeighbours(table);
}

// Finds the simplex around a feature: its vertices and barycentric weights.
void Lattice::Embed(const float* feature, VertexTable* table, int* vertices,
                    float* weights) const {
  constexpr int kMost = 17;
  float elevated[kMost], cell[kMost], weight[kMost] = {0};
  int rank[kMost] = {0};
  short key[kMost];
  const int dim = dim_;
  const float cycle = static_cast<float>(dim + 1);

  // Elevate the feature to the plane sum x = 0 in dim + 1 dimensions.
  float total = 0;
  for (int i = dim; i > 0; --i) {
    const float scaled = feature[i - 1] * scales_[i - 1];
    elevated[i] = total - static_cast<float>(i) * scaled;
    total += scaled;
  }
  elevated[0] = total;

  // Round to multiples of dim + 1, which may leave the plane.
  int excess = 0;
  for (int i = 0; i <= dim; ++i) {
    const float floor = std::floor(elevated[i] * (1 / cycle));
    const bool up =
        (floor + 1) * cycle - elevated[i] < elevated[i] - floor * cycle;
    cell[i] = floor + (up ? 1.0f : 0.0f);
    excess += static_cast<int>(cell[i]);
  }
  // Rank the differences from them, the largest first.
  for (int i = 0; i < dim; ++i) {
    const float difference = elevated[i] - cell[i] * cycle;
    for (int j = i + 1; j <= dim; ++j) {
      ++rank[difference < elevated[j] - cell[j] * cycle ? i : j];
    }
  }
  // Return to the plane along the coordinates that move least.
  for (int i = 0; i <= dim; ++i) {
    rank[i] += excess;
    if (rank[i] < 0) {
      rank[i] += dim + 1;
      cell[i] += 1;
    } else if (rank[i] > dim) {
      rank[i] -= dim + 1;
      cell[i] -= 1;
    }
  }

  for (int i = 0; i <= dim; ++i) {
    const float part = (elevated[i] - cell[i] * cycle) * (1 / cycle);
    weight[dim - rank[i]] += part;
    weight[dim + 1 - rank[i]] -= part;
  }
  weight[0] += 1 + weight[dim + 1];

  // Coordinates sum to zero, so the last one need not be in the key.
  for (int remainder = 0; remainder <= dim; ++remainder) {
    for (int i = 0; i < dim; ++i) {
      const int wrap = rank[i] > dim - remainder ? dim + 1 : 0;
      key[i] = static_cast<short>(cell[i] * cycle + remainder - wrap);
    }
    vertices[remainder] = table->Insert(key);
    weights[remainder] = weight[remainder];
  }
}

void Lattice::FindNeighbours(const VertexTable& table) {
  neighbours_.resize(int64_t{dim_ + 1} * vertices_ * 2);
  std::vector<short> up(dim_), down(dim_);
  int* found = neighbours_.data();
  for (int axis = 0; axis <= dim_; ++axis) {
    for (int v = 0; v < vertices_; ++v) {
      const short* key = table.key(v);
      for (int i = 0; i < dim_; ++i) {
        const int step = i == axis ? -dim_ : 1;
        up[i] = static_cast<short>(key[i] + step);
        down[i] = static_cast<short>(key[i] - step);
      }
      for (const short* neighbour : {up.data(), down.data()}) {
        const int vertex = table.Find(neighbour);
        *found++ = vertex < 0 ? vertices_ : vertex;
      }
    }
  }
}

void Lattice::Filter(const float* values, int channels, float* output) const {
  const float gain = 1 / (1 + std::pow(2.0f, -static_cast<float>(dim_)));
  // Missing vertices have the number `vertices_`, where the value stays 0.
  std::vector<float> lattice(vertices_ + 1), blurred(vertices_ + 1);
  for (int c = 0; c < channels; ++c) {
    const float* from = values + c * points_;
    float* to = output + c * points_;
    std::fill(lattice.begin(), lattice.end(), 0.0f);
    const int* vertex = vertex_.data();
    const float* weight = weight_.data();
    for (int64_t p = 0; p < points_; ++p) {
      for (int k = 0; k <= dim_; ++k) lattice[*vertex++] += *weight++ * from[p];
    }
    const int* neighbours = neighbours_.data();
    for (int axis = 0; axis <= dim_; ++axis) {
      for (int v = 0; v < vertices_; ++v, neighbours += 2) {
        blurred[v] = lattice[v] + 0.5f * (lattice[neighbours[0]] +
                                          lattice[neighbours[1]]);
      }
      lattice.swap(blurred);
    }
    vertex = vertex_.data();
    weight = weight_.data();
    for (int64_t p = 0; p < points_; ++p) {
      float sum = 0;
      for (int k = 0; k <= dim_; ++k) sum += *weight++ * lattice[*vertex++];
      to[p] = gain * sum;
    }
  }
}

}  // namespace plain

extern "C" {

plain::Lattice* plain_build(const float* features, int64_t points, int dim) {
  return new plain::Lattice(features, points, dim);
}

void plain_filter(const plain::Lattice* lattice, const float* values,
                  int channels, float* output) {
  lattice->Filter(values, channels, output);
}

int plain_vertices(const plain::Lattice* lattice) {
  return lattice->vertices();
}

void plain_free(plain::Lattice* lattice) { delete lattice; }

}  // extern "C"
