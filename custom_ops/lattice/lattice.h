// The permutohedral lattice of Adams, Baek and Davis (2010). It approximates
// Gaussian filtering of n points with d features,
//
//   (W S)_p ~ sum_q exp(-|f_p - f_q|^2 / 2) S_q,
//
// in O(d^2 n) steps, as a product of sparse matrices: W = gain * B' ... blur
// ... B. The splat B spreads the values of a point over its D + 1 vertices by
// weights, the blur has taps (1/2, 1, 1/2) along each of the D + 1 axes, and
// the slice B' gathers the result. The weights are barycentric coordinates, or
// equalized ones, see self_affinity.h.
//
// Where neighbours are missing, blurs along different axes do not commute. So
// one order of axes gives a W that is not symmetric, and the reverse order
// gives its transpose W'. BlurOrder::kSymmetric computes (W + W') / 2 by one
// splat, two blurs and one slice.
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

// Tells why a lattice could not be built: the first point at fault, and its
// fault.
struct FeatureError {
  enum class Kind { kNone, kNotFinite, kOutOfRange };
  Kind kind = Kind::kNone;
  int64_t point = -1;
  bool ok() const { return kind == Kind::kNone; }
};

// Returns the factor that W needs because the blurs, with taps of 1/2 on each
// side, make the affinity of a point with itself too large on average.
inline double Gain(int dim) { return 1 / (1 + std::ldexp(1.0, -dim)); }

// Returns the largest |feature| that every lattice of `dim` dimensions accepts,
// equalized or not.
double MaxFeature(int dim);

// Seconds that each stage took, summed over calls; for benchmarks.
struct StageSeconds {
  double embed = 0, merge = 0, neighbours = 0;
  double splat = 0, reduce = 0, blur = 0, slice = 0;
};

// The quadratic forms of values S with channels S_k. R is diag(region), and W
// the symmetric filter.
template <typename Real>
struct FormsOutput {
  Real* filtered;  // [points][channels]  R W R S
  Real* degrees;   // [points]            R W R 1
  Real* within;    // [channels]          S_k' R W R S_k
  Real* degree;    // [channels]          S_k' R W R 1
  Real* total;     // [1]                 1' R W R 1
};

// Memory that calls reuse. Only one call at a time may use a workspace.
template <typename Real>
struct Workspace {
  template <typename Word>
  struct SimplexCacheEntry {
    Word base;
    uint32_t ranks;
    uint32_t simplex;
  };
  // The memory that a thread needs to embed a strip.
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
  Buffer<Real> splatted;    // see Slabs of rows.h
  Buffer<Real> blurred;     // see Slabs of rows.h
  Pool<Buffer<Real>> slabs;  // one for each thread that blurs

  StageSeconds* stages = nullptr;
};

// The points of one image, embedded in the lattice. It filters any number of
// times.
template <typename Real>
class Lattice {
 public:
  // Embeds the points. There are 1 to kMaxDim features, and points > 0.
  FeatureError Build(const PointFeatures<Real>& features, int64_t points,
                     bool equalized, const Parallel& parallel,
                     Workspace<Real>* workspace);

  // Filters values to output, both [points][channels] with channels > 0.
  // Several threads may call this and other const functions of one lattice at
  // once, each with its own workspace.
  void Filter(const Real* values, int channels, BlurOrder order,
              const Parallel& parallel, Workspace<Real>* workspace,
              Real* output) const;

  // Computes the quadratic forms of values [points][channels] with region
  // [points], or null for all ones.
  void Forms(const Real* values, const Real* region, int channels,
             const Parallel& parallel, Workspace<Real>* workspace,
             const FormsOutput<Real>& output) const;

  // Does the first part of the symmetric filter: splats the values of each
  // point, times its factor, and blurs them into workspace->blurred. The rest
  // of the filter is Gather() for each strip and Slice() for its points.
  void Spread(const Real* values, const Real* factors, int channels,
              const Parallel& parallel, Workspace<Real>* workspace) const;
  // Copies the rows of a strip's vertices to where Slice() reads them.
  void Gather(int64_t strip, int stride, Workspace<Real>* workspace) const;
  // Interpolates points [begin, end) of a strip; `begin` must start a block.
  // region [points] is that of the whole image, or null for all ones. `output`
  // points to the numbers of point `begin`.
  void Slice(int64_t strip, int64_t begin, int64_t end, const Real* region,
             int stride, const Workspace<Real>& workspace,
             const SliceOutput<Real>& output) const;

  // Calls Gather() and Slice() for all points, which completes the filter.
  void SliceRows(const Real* region, const SliceOutput<Real>& output,
                 const Parallel& parallel, Workspace<Real>* workspace) const;

  int64_t points() const { return points_; }
  int64_t strips() const { return static_cast<int64_t>(strips_.size()); }
  int dim() const { return dim_; }
  int64_t vertices() const { return vertices_; }

 private:
  // One of the Strips. It numbers its vertices by itself.
  struct Strip {
    int64_t begin, end;              // points
    int64_t first_row;               // its first among the rows of all strips
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

  // Returns the places of the points from `begin` on, which must start a block.
  Embedding<Real> EmbeddingOf(const Strip& strip, int64_t begin,
                              const Real* region) const;
  // Sums the values of the points around each vertex, and writes them to slabs.
  void SplatRows(const Real* values, int channels, bool one,
                 const Real* region, const Parallel& parallel,
                 Workspace<Real>* workspace, Buffer<Real>* slabs) const;
  // Blurs such slabs into workspace->blurred, which may be the same memory.
  // Overwrites the rows of the strips.
  void BlurRows(BlurOrder order, int stride, const Buffer<Real>& splatted,
                const Parallel& parallel, Workspace<Real>* workspace) const;
  // Blurs a slab along all axes; `other` is scratch. The blur along the first
  // axis reads `source` and writes to `target` if the number of axes is odd,
  // else to `other`.
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
  Buffer<uint16_t> simplex_of_point_;     // [points], number in the strip
  Buffer<Real> weights_;                  // [blocks][dim + 1][kBlock]
  Buffer<int32_t> vertex_of_strip_row_;   // [strip rows]
  Buffer<int32_t> first_strip_row_;       // [vertices + 1], into the next:
  Buffer<int32_t> strip_rows_of_vertex_;  // [strip rows], in strip order
  Buffer<int32_t> up_;                    // [dim + 1][vertices + 1]; missing
  Buffer<int32_t> down_;                  //   neighbours are `vertices`
};

// The numbers that the gradient of the forms is made of: two outputs of Forms,
// `filtered` and `degrees`, and the derivatives of a loss with respect to two
// others, `within` and `degree`.
template <typename Real>
struct FormsGradient {
  const Real* filtered;  // [points][channels]
  const Real* degrees;   // [points]
  const Real* within;    // [channels]
  const Real* degree;    // [channels]
};

// Sets output [points][channels] to the derivatives of that loss with respect
// to the values, 2 within_k filtered_k + degree_k degrees. This is right
// because W is symmetric. `output` may be gradient.filtered.
template <typename Real>
void MixForms(const FormsGradient<Real>& gradient, int64_t points,
              int channels, const Parallel& parallel, Real* output);

}  // namespace rloss

#endif  // RLOSS_LATTICE_LATTICE_H_
