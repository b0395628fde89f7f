// The inner loops of the lattice, compiled once for each instruction set.
//
// Only plain pointers cross this interface, and the kernel files include no
// templates of the standard library: a function of theirs that the linker
// shares between files must never hold instructions an older processor lacks.
#ifndef RLOSS_LATTICE_KERNELS_H_
#define RLOSS_LATTICE_KERNELS_H_

#include <cstdint>

namespace rloss {

// Points are embedded, and their weights stored, in blocks: sixteen floats
// fill the widest registers.
constexpr int kBlock = 16;

// Channels are stored innermost, in rows padded to a multiple of the width of
// one vector: narrow rows for up to four channels, wide ones beyond.
constexpr int kNarrow = 4;
constexpr int kWide = 8;

// Where the points of one strip lie in the lattice: simplex and weights of its
// vertices.
template <typename Real>
struct Embedding {
  const uint16_t* simplex_of_point;  // [points]
  const int32_t* simplices;          // [simplices][D + 1] vertex rows
  const Real* weights;               // [blocks][D + 1][kBlock]
  const Real* region;                // [points] factor of the weights, or null
};

// What is splatted for each point: its values and, if asked for, a 1.
template <typename Real>
struct SplatInput {
  const Real* values;  // [points][channels]
  int64_t readable;    // how many numbers from there on may be read
  int channels;
  bool one;
};

// Where slices go: all channels of a row but the last, and the last one, if
// it was that of the ones.
template <typename Real>
struct SliceOutput {
  Real* values;  // [points][channels]
  int channels;
  Real* ones;    // [points], or null
};

// The base vertex (remainder 0) and the order of axes of `kBlock` simplices.
struct SimplexBlock {
  uint32_t key[4][kBlock];  // the base's VertexKey, low word first; two words
                            // up to five dimensions, else four
  uint32_t ranks[kBlock];   // ranks of the first D axes, 4 bits each
  uint32_t hash[kBlock];    // of key and ranks
};

template <typename Real>
struct Kernels {
  // features [blocks][kBlock][D] -> simplices [blocks], weights [blocks][D +
  // 1][kBlock]: barycentric ones, or equalized ones as in self_affinity.h.
  // False if a point is not finite or not in the keys' range, and then the rest
  // has no meaning.
  bool (*embed)(const Real* features, int64_t blocks, bool equalized,
                SimplexBlock* simplices, Real* weights);

  // rows[v] += w * input[p] over the points p, in order; rows [..][stride].
  void (*splat)(const SplatInput<Real>& input, int64_t points, int stride,
                const Embedding<Real>& embedding, Real* rows);

  // output[p] = gain * sum_v w * rows[v].
  void (*slice)(const Real* rows, int64_t points, int stride,
                const Embedding<Real>& embedding, Real gain,
                const SliceOutput<Real>& output);

  // output[p] = factors * filtered[p] + offsets * degrees[p], channel by
  // channel; factors, offsets [channels], the others [points][channels].
  // output may be filtered.
  void (*mix)(const Real* filtered, const Real* degrees, const Real* factors,
              const Real* offsets, int64_t points, int channels, Real* output);

  // output[p] = softmax over the channels of logits[p] + the sum of the
  // messages to p. logits, output [points][channels]; messages
  // [count][points][stride], at least one, are overwritten.
  void (*softmax)(const Real* logits, int64_t points, int channels,
                  int stride, int count, Real* messages, Real* output);

  // output[p] = probs[p] * (gradient[p] - the sum of gradient[p] * probs[p]):
  // by the logits of a softmax from that by its probabilities. All
  // [points][channels].
  void (*softmax_gradient)(const Real* probs, const Real* gradient,
                           int64_t points, int channels, Real* output);

  // target[v] = source[v] + (source[up[v]] + source[down[v]]) / 2.
  void (*blur)(const Real* source, const int32_t* up, const int32_t* down,
               int64_t begin, int64_t end, int stride, Real* target);
};

// The kernels for `dim` features and rows of `stride` numbers, for the best
// instruction set this processor has.
template <typename Real>
const Kernels<Real>& SelectKernels(int dim, int stride);

// "avx512", "avx2" or "baseline": what SelectKernels chose.
const char* InstructionSet();

}  // namespace rloss

#endif  // RLOSS_LATTICE_KERNELS_H_
