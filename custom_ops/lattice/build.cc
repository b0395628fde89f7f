// Builds the lattice of embedded points: merges the vertices of all strips, and
// finds the neighbours of each vertex.
#include <algorithm>
#include <cmath>

#include "lattice.h"
#include "self_affinity.h"
#include "stage_timer.h"
#include "strips.h"
#include "vertex_key.h"

namespace rloss {
namespace {

constexpr int32_t kBatch = 256;  // vertices that are looked up at once

template <typename Real>
auto& BuildScratchFor(Workspace<Real>* workspace, uint64_t) {
  return workspace->narrow_keys;
}

template <typename Real>
auto& BuildScratchFor(Workspace<Real>* workspace, unsigned __int128) {
  return workspace->wide_keys;
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
         (kFiner * std::sqrt(2.0 / 3.0) * dim / std::sqrt(dim + 1.0));
}

template <typename Real>
template <typename Word>
void Lattice<Real>::MergeStrips(
    const std::vector<std::vector<Word>>& keys, VertexTable<Word>* table) {
  int64_t total = 0;
  for (Strip& strip : strips_) {
    strip.first_row = total;
    total += strip.vertices;
  }
  vertex_of_strip_row_.Resize(total);
  table->Clear();
  for (size_t s = 0; s < strips_.size(); ++s) {
    table->FindOrInsert(keys[s].data(), strips_[s].vertices,
                        vertex_of_strip_row_.data() + strips_[s].first_row);
  }
  vertices_ = table->size();

  // Lists the rows of each vertex, in the order of strips, by a counting sort.
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
        // If the neighbour is missing, this writes to the element after the
        // last, which nobody reads.
        down[up[v]] = v;
      }
    }
  });
}

template <typename Real>
template <int D>
FeatureError Lattice<Real>::BuildDim(const PointFeatures<Real>& features,
                                     const Parallel& parallel,
                                     Workspace<Real>* workspace) {
  using Word = typename VertexKey<D>::Word;
  auto& scratch = BuildScratchFor(workspace, Word{0});
  const Strips strips(points_);
  strips_.resize(strips.count);
  if (scratch.keys.size() < strips_.size()) scratch.keys.resize(strips.count);
  simplex_of_point_.Resize(points_);
  weights_.Resize((points_ + kBlock - 1) / kBlock * kBlock * (D + 1));

  std::vector<FeatureError> errors(strips.count);
  {
    StageTimer timer(workspace->stages, &StageSeconds::embed);
    parallel.For(strips.count, [&](int64_t s) {
      strips_[s].begin = strips.begin(s);
      strips_[s].end = strips.end(s);
      typename decltype(scratch.strips)::Lease lease(&scratch.strips);
      errors[s] = EmbedStrip<D>(features, lease.get(), &strips_[s],
                                &scratch.keys[s]);
    });
  }
  for (const FeatureError& error : errors) {
    if (!error.ok()) return error;
  }
  {
    StageTimer timer(workspace->stages, &StageSeconds::merge);
    MergeStrips<Word>(scratch.keys, &scratch.vertices);
  }
  {
    StageTimer timer(workspace->stages, &StageSeconds::neighbours);
    FindNeighbours<D>(scratch.vertices, parallel);
  }
  return {};
}

template <typename Real>
FeatureError Lattice<Real>::Build(const PointFeatures<Real>& features,
                                  int64_t points, bool equalized,
                                  const Parallel& parallel,
                                  Workspace<Real>* workspace) {
  points_ = points;
  dim_ = features.dim();
  equalized_ = equalized;
  switch (dim_) {
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

template class Lattice<float>;
template class Lattice<double>;

}  // namespace rloss
