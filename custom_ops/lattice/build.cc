// Building a lattice: embed the points strip by strip, merge the strips'
// vertices, find each vertex's neighbours.
#include <algorithm>
#include <cmath>
#include <cstring>

#include "kernels.h"
#include "lattice.h"
#include "stage_timer.h"
#include "vertex_key.h"

namespace rloss {
namespace {

constexpr size_t kCacheEntries = 4096;  // a power of two; 64 KB, fits in L2
constexpr uint32_t kNoSimplex = ~uint32_t{0};
constexpr int64_t kVerticesPerTask = 4096;

template <typename Real>
auto& BuildScratchFor(Workspace<Real>* workspace, uint64_t) {
  return workspace->narrow_keys;
}

template <typename Real>
auto& BuildScratchFor(Workspace<Real>* workspace, unsigned __int128) {
  return workspace->wide_keys;
}

template <typename Real>
FeatureError FindFault(const Real* features, int64_t begin, int64_t end,
                       int dim, bool finite, const Kernels<Real>& kernels,
                       int32_t max_quotient) {
  // The block said that something is wrong; find the first point that is.
  for (int64_t p = begin; p < end; ++p) {
    if (!finite) {
      for (int i = 0; i < dim; ++i) {
        if (!std::isfinite(features[p * dim + i])) {
          return {FeatureError::Kind::kNotFinite, p};
        }
      }
      continue;
    }
    Real copies[kBlock * kMaxDim];
    Real weights[kBlock * (kMaxDim + 1)];
    SimplexBlock block;
    for (int l = 0; l < kBlock; ++l) {
      std::memcpy(copies + l * dim, features + p * dim, dim * sizeof(Real));
    }
    kernels.embed(copies, max_quotient, &block, weights);
    if (!block.in_range) return {FeatureError::Kind::kOutOfRange, p};
  }
  return {};
}

int32_t MaxQuotient(int dim) {
  switch (dim) {
    case 1: return VertexKey<1>::kMaxQuotient;
    case 2: return VertexKey<2>::kMaxQuotient;
    case 3: return VertexKey<3>::kMaxQuotient;
    case 4: return VertexKey<4>::kMaxQuotient;
    case 5: return VertexKey<5>::kMaxQuotient;
    case 6: return VertexKey<6>::kMaxQuotient;
    case 7: return VertexKey<7>::kMaxQuotient;
    default: return VertexKey<8>::kMaxQuotient;
  }
}

}  // namespace

double MaxFeature(int dim) {
  // |x_i| / (D + 1) is at most sqrt(2/3) |f| sqrt(D / (D + 1)) with the
  // Euclidean norm |f| <= sqrt(D) max |f_i|.
  return (MaxQuotient(dim) - 2) /
         (std::sqrt(2.0 / 3.0) * dim / std::sqrt(dim + 1.0));
}

template <typename Real>
template <int D, typename Scratch>
FeatureError Lattice<Real>::EmbedStrip(const Real* features, Strip* strip,
                                       Scratch* scratch) {
  using Key = VertexKey<D>;
  using Word = typename Key::Word;
  const Kernels<Real>& kernels = SelectKernels<Real>(D, kWide);
  auto& table = scratch->table;
  auto& cache = scratch->cache;
  table.Clear();
  cache.assign(kCacheEntries, {Word{0}, 0, kNoSimplex});
  strip->simplices.clear();

  Real padded_features[kBlock * D];
  Real padded_weights[kBlock * (D + 1)];
  SimplexBlock block;
  for (int64_t begin = strip->begin; begin < strip->end; begin += kBlock) {
    const int64_t count = std::min<int64_t>(kBlock, strip->end - begin);
    const Real* source = features + begin * D;
    Real* weights = weights_.data() + begin * (D + 1);
    if (count < kBlock) {
      for (int l = 0; l < kBlock; ++l) {
        std::memcpy(padded_features + l * D,
                    source + std::min<int64_t>(l, count - 1) * D,
                    D * sizeof(Real));
      }
      kernels.embed(padded_features, Key::kMaxQuotient, &block,
                    padded_weights);
      std::memcpy(weights, padded_weights, count * (D + 1) * sizeof(Real));
    } else {
      kernels.embed(source, Key::kMaxQuotient, &block, weights);
    }
    if (!block.finite || !block.in_range) {
      return FindFault(features, begin, begin + count, D, block.finite,
                       kernels, Key::kMaxQuotient);
    }

    for (int l = 0; l < count; ++l) {
      Word base = 0;
      for (int i = 0; i < D; ++i) {
        base += static_cast<Word>(block.quotients[i][l] + Key::kBias)
                << (Key::kRemainderBits + i * Key::kBits);
      }
      const uint32_t ranks = block.ranks[l];
      auto& entry =
          cache[HashWord(base + Word{ranks} * 0x9E3779B1u) & (kCacheEntries - 1)];
      if (entry.simplex == kNoSimplex || entry.base != base ||
          entry.ranks != ranks) {
        entry = {base, ranks,
                 static_cast<uint32_t>(strip->simplices.size() / (D + 1))};
        // From the base, the vertex of remainder r + 1 is the one of r moved
        // by one along all axes, and back one cycle along the axis of rank
        // D - r.
        Word steps[D + 1] = {};
        for (int i = 0; i < D; ++i) {
          steps[(ranks >> (4 * i)) & 15] = Key::Unit(i);
        }
        Word key = base;
        strip->simplices.push_back(table.FindOrInsert(key));
        for (int r = 1; r <= D; ++r) {
          key += 1 - steps[D + 1 - r];
          strip->simplices.push_back(table.FindOrInsert(key));
        }
      }
      simplex_of_point_[begin + l] = entry.simplex;
    }
  }
  strip->vertices = table.size();
  return {};
}

template <typename Real>
template <typename Word>
void Lattice<Real>::MergeStrips(
    const std::vector<typename Workspace<Real>::template StripScratch<Word>>&
        scratch,
    VertexTable<Word>* table) {
  int64_t total = 0;
  for (Strip& strip : strips_) {
    strip.first_row = total;
    total += strip.vertices;
  }
  vertex_of_strip_row_.Resize(total);
  table->Clear();
  for (size_t s = 0; s < strips_.size(); ++s) {
    const auto& keys = scratch[s].table.keys();
    int32_t* vertex = vertex_of_strip_row_.data() + strips_[s].first_row;
    for (size_t i = 0; i < keys.size(); ++i) {
      vertex[i] = table->FindOrInsert(keys[i]);
    }
  }
  vertices_ = table->size();

  // Counting sort: the strips' rows of each vertex, in the strips' order.
  first_strip_row_.Resize(vertices_ + 1);
  strip_rows_of_vertex_.Resize(total);
  std::fill_n(first_strip_row_.data(), vertices_ + 1, 0);
  for (int64_t i = 0; i < total; ++i) {
    ++first_strip_row_[vertex_of_strip_row_[i]];
  }
  int32_t end = 0;
  for (int64_t v = 0; v <= vertices_; ++v) {
    end += first_strip_row_[v];
    first_strip_row_[v] = end;
  }
  for (int64_t i = total; i-- > 0;) {
    const int32_t v = vertex_of_strip_row_[i];
    strip_rows_of_vertex_[--first_strip_row_[v]] = static_cast<int32_t>(i);
  }
}

template <typename Real>
template <int D, typename Word>
void Lattice<Real>::FindNeighbours(const VertexTable<Word>& table,
                                   const Parallel& parallel) {
  const int32_t missing = static_cast<int32_t>(vertices_);
  up_.Resize((D + 1) * vertices_);
  down_.Resize((D + 1) * vertices_);
  std::fill_n(down_.data(), (D + 1) * vertices_, missing);
  const int64_t tasks =
      (vertices_ + kVerticesPerTask - 1) / kVerticesPerTask;
  parallel.For(tasks, [&](int64_t task) {
    const int64_t begin = task * kVerticesPerTask;
    const int64_t end = std::min(begin + kVerticesPerTask, vertices_);
    for (int axis = 0; axis <= D; ++axis) {
      int32_t* up = up_.data() + axis * vertices_;
      int32_t* down = down_.data() + axis * vertices_;
      for (int64_t v = begin; v < end; ++v) {
        const int32_t found =
            table.Find(VertexKey<D>::Neighbour(table.keys()[v], axis));
        if (found == VertexTable<Word>::kMissing) {
          up[v] = missing;
        } else {
          up[v] = found;
          down[found] = static_cast<int32_t>(v);  // nobody else's
        }
      }
    }
  });
}

template <typename Real>
template <int D>
FeatureError Lattice<Real>::BuildDim(const Real* features,
                                     const Parallel& parallel,
                                     Workspace<Real>* workspace) {
  using Word = typename VertexKey<D>::Word;
  auto& scratch = BuildScratchFor(workspace, Word{0});
  const int64_t strips = (points_ + kStripPoints - 1) / kStripPoints;
  strips_.resize(strips);
  if (scratch.strips.size() < strips_.size()) scratch.strips.resize(strips);
  simplex_of_point_.Resize(points_);
  weights_.Resize(points_ * (D + 1));

  std::vector<FeatureError> errors(strips);
  {
    StageTimer timer(workspace->stages, &StageSeconds::embed);
    parallel.For(strips, [&](int64_t s) {
      strips_[s].begin = s * kStripPoints;
      strips_[s].end = std::min(points_, (s + 1) * kStripPoints);
      errors[s] = EmbedStrip<D>(features, &strips_[s], &scratch.strips[s]);
    });
  }
  for (const FeatureError& error : errors) {
    if (!error.ok()) return error;
  }
  {
    StageTimer timer(workspace->stages, &StageSeconds::merge);
    MergeStrips<Word>(scratch.strips, &scratch.vertices);
  }
  {
    StageTimer timer(workspace->stages, &StageSeconds::neighbours);
    FindNeighbours<D>(scratch.vertices, parallel);
  }
  return {};
}

template <typename Real>
FeatureError Lattice<Real>::Build(const Real* features, int64_t points,
                                  int dim, const Parallel& parallel,
                                  Workspace<Real>* workspace) {
  points_ = points;
  dim_ = dim;
  switch (dim) {
    case 1: return BuildDim<1>(features, parallel, workspace);
    case 2: return BuildDim<2>(features, parallel, workspace);
    case 3: return BuildDim<3>(features, parallel, workspace);
    case 4: return BuildDim<4>(features, parallel, workspace);
    case 5: return BuildDim<5>(features, parallel, workspace);
    case 6: return BuildDim<6>(features, parallel, workspace);
    case 7: return BuildDim<7>(features, parallel, workspace);
    default: return BuildDim<8>(features, parallel, workspace);
  }
}

template <typename Real>
int64_t Lattice<Real>::MemoryBytes() const {
  size_t bytes = simplex_of_point_.MemoryBytes() + weights_.MemoryBytes() +
                 vertex_of_strip_row_.MemoryBytes() +
                 first_strip_row_.MemoryBytes() +
                 strip_rows_of_vertex_.MemoryBytes() + up_.MemoryBytes() +
                 down_.MemoryBytes();
  for (const Strip& strip : strips_) {
    bytes += strip.simplices.capacity() * sizeof(int32_t);
  }
  return static_cast<int64_t>(bytes);
}

template class Lattice<float>;
template class Lattice<double>;

}  // namespace rloss
