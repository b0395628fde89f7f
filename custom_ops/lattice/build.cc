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

constexpr int kCacheBits = 12;      // of the number of entries; 64 KB
constexpr int32_t kBatch = 256;     // vertices whose keys are at hand
constexpr int kBlocksPerCall = 16;  // enough to hide the call, few for the L1

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
                       int dim, const Kernels<Real>& kernels) {
  // The kernel said that something is wrong; find the first point that is.
  for (int64_t p = begin; p < end; ++p) {
    for (int i = 0; i < dim; ++i) {
      if (!std::isfinite(features[p * dim + i])) {
        return {FeatureError::Kind::kNotFinite, p};
      }
    }
    Real copies[kBlock * kMaxDim];
    Real weights[kBlock * (kMaxDim + 1)];
    SimplexBlock block;
    for (int l = 0; l < kBlock; ++l) {
      std::memcpy(copies + l * dim, features + p * dim, dim * sizeof(Real));
    }
    if (!kernels.embed(copies, 1, &block, weights)) {
      return {FeatureError::Kind::kOutOfRange, p};
    }
  }
  return {};
}

template <typename Word>
Word BaseKey(const SimplexBlock& block, int lane) {
  Word key = block.key[0][lane] | uint64_t{block.key[1][lane]} << 32;
  if constexpr (sizeof(Word) > 8) {
    key |= static_cast<Word>(block.key[2][lane] |
                             uint64_t{block.key[3][lane]} << 32)
           << 64;
  }
  return key;
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

// The vertices of a simplex, by remainder. From the base, the vertex of
// remainder r + 1 is the one of r moved by one along all axes, and back one
// cycle along the axis of rank D - r.
template <int D, typename Word>
void SimplexKeys(Word base, uint32_t ranks, Word* keys) {
  Word steps[D + 1] = {};
  for (int i = 0; i < D; ++i) {
    steps[(ranks >> (4 * i)) & 15] = VertexKey<D>::Unit(i);
  }
  keys[0] = base;
  for (int r = 0; r < D; ++r) keys[r + 1] = keys[r] + 1 - steps[D - r];
}

// Embeds points [begin, end), of which `begin` starts a block; the last block
// is filled up with copies of the last point.
template <typename Real>
template <int D>
bool Lattice<Real>::EmbedBlocks(const Real* features, int64_t begin,
                                int64_t end, SimplexBlock* simplices) {
  const Kernels<Real>& kernels = SelectKernels<Real>(D, kWide);
  const int64_t whole = (end - begin) / kBlock;
  Real* weights = weights_.data() + begin * (D + 1);
  if (!kernels.embed(features + begin * D, whole, simplices, weights)) {
    return false;
  }
  const int64_t rest = begin + whole * kBlock;
  if (rest == end) return true;
  Real padded[kBlock * D];
  for (int64_t l = 0; l < kBlock; ++l) {
    std::memcpy(padded + l * D, features + std::min(rest + l, end - 1) * D,
                D * sizeof(Real));
  }
  return kernels.embed(padded, 1, simplices + whole,
                       weights + whole * kBlock * (D + 1));
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
  cache.assign(size_t{1} << kCacheBits, {~Word{0}, ~uint32_t{0}, 0});
  strip->simplices.clear();

  constexpr int points_per_call = kBlocksPerCall * kBlock;
  SimplexBlock simplices[kBlocksPerCall];
  int32_t missed[points_per_call];
  Word keys[points_per_call * (D + 1)];
  size_t next = 0;
  for (int64_t begin = strip->begin; begin < strip->end;
       begin += points_per_call) {
    const int64_t end = std::min(begin + points_per_call, strip->end);
    if (!EmbedBlocks<D>(features, begin, end, simplices)) {
      return FindFault(features, begin, end, D, kernels);
    }
    // Most points lie in a simplex seen a moment ago. The others are listed
    // first (without a branch, since nobody could predict it), so that
    // looking up their vertices need not wait for memory one by one.
    int misses = 0;
    for (int64_t p = begin; p < end; ++p) {
      const SimplexBlock& block = simplices[(p - begin) / kBlock];
      const int l = (p - begin) % kBlock;
      const Word base = BaseKey<Word>(block, l);
      const uint32_t ranks = block.ranks[l];
      auto& entry = cache[block.hash[l] >> (32 - kCacheBits)];
      const bool miss = ((entry.base ^ base) | (entry.ranks ^ ranks)) != 0;
      const uint32_t fresh = static_cast<uint32_t>(next + misses);
      const uint32_t simplex =
          entry.simplex ^ ((entry.simplex ^ fresh) & -uint32_t{miss});
      entry = {base, ranks, simplex};
      simplex_of_point_[p] = simplex;
      missed[misses] = static_cast<int32_t>(p - begin);
      misses += miss;
    }
    for (int m = 0; m < misses; ++m) {
      const SimplexBlock& block = simplices[missed[m] / kBlock];
      const int l = missed[m] % kBlock;
      SimplexKeys<D>(BaseKey<Word>(block, l), block.ranks[l],
                     keys + m * (D + 1));
    }
    strip->simplices.resize((next + misses) * (D + 1));
    table.FindOrInsert(keys, misses * (D + 1),
                       strip->simplices.data() + next * (D + 1));
    next += misses;
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
    table->FindOrInsert(scratch[s].table.keys(), strips_[s].vertices,
                        vertex_of_strip_row_.data() + strips_[s].first_row);
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
  const int64_t stride = vertices_ + 1;
  up_.Resize((D + 1) * stride);
  down_.Resize((D + 1) * stride);
  parallel.For(D + 1, [&](int64_t axis) {
    int32_t* up = up_.data() + axis * stride;
    int32_t* down = down_.data() + axis * stride;
    std::fill_n(down, stride, missing);
    for (int32_t first = 0; first < missing; first += kBatch) {
      const int32_t count = std::min(kBatch, missing - first);
      Word keys[kBatch];
      for (int32_t i = 0; i < count; ++i) {
        keys[i] = VertexKey<D>::Neighbour(table.keys()[first + i], axis);
      }
      table.Find(keys, count, up + first);
      for (int32_t v = first; v < first + count; ++v) {
        up[v] = up[v] == VertexTable<Word>::kMissing ? missing : up[v];
        // The element after the last takes what is written for nobody.
        down[up[v]] = v;
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
  weights_.Resize((points_ + kBlock - 1) / kBlock * kBlock * (D + 1));

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
