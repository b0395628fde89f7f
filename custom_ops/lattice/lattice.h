// The permutohedral lattice of Adams, Baek and Davis (2010): Gaussian
// filtering of n points with d features in O(d^2 n), here in the form
//
//   W = gain * B' ... blur ... B,  (W S)_p ~ sum_q exp(-|f_p - f_q|^2 / 2) S_q
//
// with splat B (weights of a point's D + 1 vertices), a blur with taps (1/2, 1,
// 1/2) along each of the D + 1 axes, and slice B'. The weights are barycentric
// coordinates, or equalized, see self_affinity.h.
//
// Missing neighbours make the blurs along different axes not commute, so one
// order of axes gives a W that is not symmetric; the reverse order gives W'.
// BlurOrder::kSymmetric is (W + W') / 2: one splat, two blurs, one slice.
#ifndef RLOSS_LATTICE_LATTICE_H_
#define RLOSS_LATTICE_LATTICE_H_

#include <cmath>
#include <cstdint>
#include <vector>

#include "buffer.h"
#include "kernels.h"
#include "parallel.h"
#include "point_features.h"
#include "pool.h"
#include "vertex_table.h"

namespace rloss {

enum class BlurOrder { kForward, kReverse, kSymmetric };

// Why a lattice could not be built: the first point at fault.
struct FeatureError {
  enum class Kind { kNone, kNotFinite, kOutOfRange };
  Kind kind = Kind::kNone;
  int64_t point = -1;
  bool ok() const { return kind == Kind::kNone; }
};

// What the blurs' taps, 1/2 on each side, make W of a single point too large
// by, on average.
inline double Gain(int dim) { return 1 / (1 + std::ldexp(1.0, -dim)); }

// The largest |feature| that `dim` dimensions are certain to accept, equalized
// or not.
double MaxFeature(int dim);

// Seconds spent in each stage, summed over calls; for benchmarks.
struct StageSeconds {
  double embed = 0, merge = 0, neighbours = 0;
  double splat = 0, reduce = 0, blur = 0, slice = 0;
};

// The quadratic forms of the channels S_k of some values, with R = diag(region)
// and W the symmetric filter.
template <typename Real>
struct FormsOutput {
  Real* filtered;  // [points][channels]  R W R S
  Real* degrees;   // [points]            R W R 1
  Real* within;    // [channels]          S_k' R W R S_k
  Real* degree;    // [channels]          S_k' R W R 1
  Real* total;     // [1]                 1' R W R 1
};

// Memory that calls reuse. One workspace serves one call at a time.
template <typename Real>
struct Workspace {
  template <typename Word>
  struct SimplexCacheEntry {
    Word base;
    uint32_t ranks;
    uint32_t simplex;
  };
  // What a thread needs to embed a strip.
  template <typename Word>
  struct StripScratch {
    VertexTable<Word> table;
    std::vector<SimplexCacheEntry<Word>> cache;
    std::vector<int32_t> simplices;
  };
  template <typename Word>
  struct BuildScratch {
    Pool<StripScratch<Word>> strips;
    std::vector<std::vector<Word>> keys;  // of each strip's vertices
    VertexTable<Word> vertices;
  };
  BuildScratch<uint64_t> narrow_keys;
  BuildScratch<unsigned __int128> wide_keys;

  Buffer<Real> strip_rows;  // [strip rows + 1][stride]
  Buffer<Real> splatted;    // Slabs of rows.h
  Buffer<Real> blurred;     // the same
  Pool<Buffer<Real>> slabs;  // one for each thread that blurs

  StageSeconds* stages = nullptr;
};

// Points of one image embedded in the lattice; filters any number of times.
template <typename Real>
class Lattice {
 public:
  // 1 to kMaxDim features, points > 0.
  FeatureError Build(const PointFeatures<Real>& features, int64_t points,
                     bool equalized, const Parallel& parallel,
                     Workspace<Real>* workspace);

  // values, output [points][channels]; channels > 0. Const: lattices may be
  // shared by threads, each with its own workspace.
  void Filter(const Real* values, int channels, BlurOrder order,
              const Parallel& parallel, Workspace<Real>* workspace,
              Real* output) const;

  // region [points], or null for all ones; BlurOrder::kSymmetric.
  void Forms(const Real* values, const Real* region, int channels,
             const Parallel& parallel, Workspace<Real>* workspace,
             const FormsOutput<Real>& output) const;

  // The first part of BlurOrder::kSymmetric: splats the values of each point,
  // times its factor, into workspace->blurred. Then Gather() for each strip
  // and Slice() for points of it are what is left of the filter.
  void Spread(const Real* values, const Real* factors, int channels,
              const Parallel& parallel, Workspace<Real>* workspace) const;
  // Brings the rows of a strip's vertices together, where Slice() looks.
  void Gather(int64_t strip, int stride, Workspace<Real>* workspace) const;
  // Interpolates points [begin, end) of a strip, `begin` the first of a block.
  // region [points], of the image, or null for all ones; output of `begin`.
  void Slice(int64_t strip, int64_t begin, int64_t end, const Real* region,
             int stride, const Workspace<Real>& workspace,
             const SliceOutput<Real>& output) const;

  // Both of these for all points: the whole of what Spread() leaves.
  void SliceRows(const Real* region, const SliceOutput<Real>& output,
                 const Parallel& parallel, Workspace<Real>* workspace) const;

  int64_t points() const { return points_; }
  int64_t strips() const { return static_cast<int64_t>(strips_.size()); }
  int dim() const { return dim_; }
  int64_t vertices() const { return vertices_; }

 private:
  // One of Strips, with a vertex numbering of its own.
  struct Strip {
    int64_t begin, end;              // points
    int64_t first_row;               // of its vertices among all strips' rows
    int32_t vertices;
    std::vector<int32_t> simplices;  // [simplices][dim + 1] rows of the strip
  };

  template <int D>
  FeatureError BuildDim(const PointFeatures<Real>& features,
                        const Parallel& parallel, Workspace<Real>* workspace);
  template <int D>
  bool EmbedBlocks(const Real* features, int64_t begin, int64_t end,
                   SimplexBlock* simplices);
  template <int D, typename Word, typename Scratch>
  FeatureError EmbedStrip(const PointFeatures<Real>& points,
                          Scratch* scratch, Strip* strip,
                          std::vector<Word>* keys);
  template <typename Word>
  void MergeStrips(const std::vector<std::vector<Word>>& keys,
                   VertexTable<Word>* table);
  template <int D, typename Word>
  void FindNeighbours(const VertexTable<Word>& table,
                      const Parallel& parallel);

  // Of the points from `begin` on, the first of a block.
  Embedding<Real> EmbeddingOf(const Strip& strip, int64_t begin,
                              const Real* region) const;
  // Sums the values around each vertex into slabs.
  void SplatRows(const Real* values, int channels, bool one,
                 const Real* region, const Parallel& parallel,
                 Workspace<Real>* workspace, Buffer<Real>* slabs) const;
  // From such slabs to workspace->blurred, which they may be; uses up the rows
  // of the strips.
  void BlurRows(BlurOrder order, int stride, const Buffer<Real>& splatted,
                const Parallel& parallel, Workspace<Real>* workspace) const;
  // Blurs a slab along all axes; `other` is scratch. The first axis goes from
  // `source` to `target` if there are odd numbers of axes, else to `other`.
  void BlurChain(const Real* source, Real* target, Real* other, int width,
                 bool reverse, const Parallel& parallel) const;
  void SumForms(int channels, const Parallel& parallel,
                Workspace<Real>* workspace,
                const FormsOutput<Real>& output) const;

  int64_t points_ = 0;
  int dim_ = 0;
  bool equalized_ = false;
  int64_t vertices_ = 0;
  std::vector<Strip> strips_;
  Buffer<uint16_t> simplex_of_point_;     // [points], of the strip
  Buffer<Real> weights_;                  // [blocks][dim + 1][kBlock]
  Buffer<int32_t> vertex_of_strip_row_;   // [strip rows]
  Buffer<int32_t> first_strip_row_;       // [vertices + 1], into the next:
  Buffer<int32_t> strip_rows_of_vertex_;  // [strip rows], in strip order
  Buffer<int32_t> up_;                    // [dim + 1][vertices + 1]; missing
  Buffer<int32_t> down_;                  //   neighbours are `vertices`
};

// What the gradient of the forms is made of: two outputs of Forms, and the
// derivatives of a loss by `within` and `degree`.
template <typename Real>
struct FormsGradient {
  const Real* filtered;  // [points][channels]
  const Real* degrees;   // [points]
  const Real* within;    // [channels]
  const Real* degree;    // [channels]
};

// output [points][channels], the derivatives of that loss by the values:
// 2 within_k filtered_k + degree_k degrees. It relies on W being symmetric.
// output may be gradient.filtered.
template <typename Real>
void MixForms(const FormsGradient<Real>& gradient, int64_t points,
              int channels, const Parallel& parallel, Real* output);

}  // namespace rloss

#endif  // RLOSS_LATTICE_LATTICE_H_
