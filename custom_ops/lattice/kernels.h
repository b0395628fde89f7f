// The inner loops of the lattice, compiled once for each instruction set.
//
// Only plain pointers cross this interface, and the kernel files include no
// templates of the standard library. The linker keeps one copy of a template's
// function for all files, and that copy must not have instructions that an
// older processor lacks.
#ifndef RLOSS_LATTICE_KERNELS_H_
#define RLOSS_LATTICE_KERNELS_H_

#include <cstdint>

namespace rloss {

// Points are embedded, and their weights stored, in blocks of this many points.
// Sixteen floats fill the widest registers.
constexpr int kBlock = 16;

// The channels of a point or vertex are a row of consecutive numbers. Rows of
// up to four channels are padded to kNarrow numbers, longer rows to a multiple
// of kWide.
constexpr int kNarrow = 4;
constexpr int kWide = 8;

// The places of a strip's points in the lattice: for each point its simplex and
// the weights of the simplex' vertices.
template <typename Real>
struct Embedding {
  const uint16_t* simplex_of_point;  // [points]
  const int32_t* simplices;          // [simplices][D + 1] vertex rows
  const Real* weights;               // [blocks][D + 1][kBlock]
  const Real* region;                // [points] factor of the weights, or null
};

// The numbers that are splatted for each point: its values and, if `one`, a 1
// after them.
template <typename Real>
struct SplatInput {
  const Real* values;  // [points][channels]
  int64_t readable;    // count of numbers from there on that may be read
  int channels;
  bool one;
};

// The arrays that a slice is written to. If the last channel of the rows is
// that of the ones, it goes to `ones`, all others to `values`.
template <typename Real>
struct SliceOutput {
  Real* values;  // [points][channels]
  int channels;
  Real* ones;    // [points], or null
};

// Describes `kBlock` simplices: their base vertex, which has remainder 0, and
// their order of axes.
struct SimplexBlock {
  uint32_t key[4][kBlock];  // the base's VertexKey, low word first; two words
                            // up to five dimensions, else four
  uint32_t ranks[kBlock];   // ranks of the first D axes, 4 bits each
  uint32_t hash[kBlock];    // of key and ranks
};

template <typename Real>
struct Kernels {
  // Finds simplices [blocks] and weights [blocks][D + 1][kBlock] of the points
  // with features [blocks][kBlock][D]. The weights are barycentric, or
  // equalized as in self_affinity.h. Returns false if a point is not finite or
  // not in the range of the keys; then the outputs have no meaning.
  bool (*embed)(const Real* features, int64_t blocks, bool equalized,
                SimplexBlock* simplices, Real* weights);

  // Adds w * input[p] to rows[v] for each vertex v of each point p, in the
  // order of the points; rows [..][stride].
  void (*splat)(const SplatInput<Real>& input, int64_t points, int stride,
                const Embedding<Real>& embedding, Real* rows);

  // Sets output[p] to gain * sum_v w * rows[v].
  void (*slice)(const Real* rows, int64_t points, int stride,
                const Embedding<Real>& embedding, Real gain,
                const SliceOutput<Real>& output);

  // Sets output[p] to factors * filtered[p] + offsets * degrees[p], channel by
  // channel; factors, offsets [channels], degrees [points], the others
  // [points][channels]. `output` may be `filtered`.
  void (*mix)(const Real* filtered, const Real* degrees, const Real* factors,
              const Real* offsets, int64_t points, int channels, Real* output);

  // Sets output[p] to the softmax over the channels of logits[p] + the sum of
  // the messages to p. logits, output [points][channels]; messages
  // [count][points][stride] with count > 0 are overwritten.
  void (*softmax)(const Real* logits, int64_t points, int channels,
                  int stride, int count, Real* messages, Real* output);

  // Turns the gradient with respect to the probabilities of a softmax into the
  // one with respect to its logits: sets output[p] to
  //   probs[p] * (gradient[p] - sum over channels of gradient[p] * probs[p]).
  // All arrays are [points][channels].
  void (*softmax_gradient)(const Real* probs, const Real* gradient,
                           int64_t points, int channels, Real* output);

  // Sets target[v] to source[v] + (source[up[v]] + source[down[v]]) / 2 for the
  // vertices v in [begin, end).
  void (*blur)(const Real* source, const int32_t* up, const int32_t* down,
               int64_t begin, int64_t end, int stride, Real* target);
};

// Returns the kernels for `dim` features and rows of `stride` numbers, compiled
// for the best instruction set that this processor has.
template <typename Real>
const Kernels<Real>& SelectKernels(int dim, int stride);

// Returns the instruction set that SelectKernels chose: "avx512", "avx2" or
// "baseline".
const char* InstructionSet();

}  // namespace rloss

#endif  // RLOSS_LATTICE_KERNELS_H_
