// Tests that the kernels of all instruction sets give the same bits.
#include <algorithm>
#include <vector>

#include "kernels.h"
#include "test_support.h"
#include "vertex_key.h"

namespace rloss {
namespace baseline {
const Kernels<float>& FloatKernels(int dim, int stride);
}
#ifdef RLOSS_HAVE_X86_KERNELS
namespace avx2 {
const Kernels<float>& FloatKernels(int dim, int stride);
}
namespace avx512 {
const Kernels<float>& FloatKernels(int dim, int stride);
}
#endif

namespace {

// Runs all kernels of one table on the same input. Returns their output as
// floats.
template <typename Table>
std::vector<float> RunKernels(const Table& kernels, int dim, int channels,
                              int stride, bool equalized) {
  const auto features = Normal<float>(kBlock * dim, 3, dim);
  const auto values = Normal<float>(kBlock * channels, 1, channels);
  std::vector<float> all(kBlock * (dim + 1));
  SimplexBlock block{};
  CHECK_TRUE(kernels.embed(features.data(), 1, equalized, &block, all.data()));
  const std::vector<float> weights = all;
  const auto append = [&all](const uint32_t* words) {
    for (int l = 0; l < kBlock; ++l) {
      all.push_back(words[l] & 0xFFFF);  // a float holds 16 bits exactly
      all.push_back(words[l] >> 16);
    }
  };
  for (const auto& words : block.key) append(words);
  append(block.ranks);
  append(block.hash);

  const int rows = kBlock + dim;
  std::vector<uint16_t> simplex(kBlock);
  std::vector<int32_t> simplices;
  for (int p = 0; p < kBlock; ++p) {
    simplex[p] = p;
    for (int k = 0; k <= dim; ++k) simplices.push_back(p + k);
  }
  const Embedding<float> embedding{simplex.data(), simplices.data(),
                                   weights.data(), nullptr};
  std::vector<float> splatted(rows * stride, 0), blurred(rows * stride, 0);
  kernels.splat({values.data(), static_cast<int64_t>(values.size()), channels,
                 false},
                kBlock, stride, embedding, splatted.data());
  std::vector<int32_t> up(rows), down(rows);
  for (int v = 0; v < rows; ++v) {
    up[v] = (v + 1) % rows;
    down[v] = (v + rows - 1) % rows;
  }
  kernels.blur(splatted.data(), up.data(), down.data(), 0, rows, stride,
               blurred.data());
  std::vector<float> sliced(kBlock * channels);
  kernels.slice(blurred.data(), kBlock, stride, embedding, 0.9f,
                {sliced.data(), channels, nullptr});
  all.insert(all.end(), sliced.begin(), sliced.end());

  auto messages = Normal<float>(2 * kBlock * stride, 20, channels);
  kernels.softmax(values.data(), kBlock, channels, stride, 2, messages.data(),
                  sliced.data());
  all.insert(all.end(), sliced.begin(), sliced.end());

  std::vector<float> derivatives(kBlock * channels);
  kernels.softmax_gradient(sliced.data(), values.data(), kBlock, channels,
                           derivatives.data());
  all.insert(all.end(), derivatives.begin(), derivatives.end());

  // The channel of ones takes the place of the last one, within a region.
  const auto region = Normal<float>(kBlock, 1, dim);
  const Embedding<float> masked{simplex.data(), simplices.data(),
                                weights.data(), region.data()};
  const int fewer = channels - 1;
  if (fewer == 0) return all;
  std::fill(splatted.begin(), splatted.end(), 0.0f);
  kernels.splat({values.data(), kBlock * fewer, fewer, true}, kBlock, stride,
                masked, splatted.data());
  std::vector<float> ones(kBlock), mixed(kBlock * fewer);
  sliced.resize(kBlock * fewer);
  kernels.slice(splatted.data(), kBlock, stride, masked, 0.9f,
                {sliced.data(), fewer, ones.data()});
  kernels.mix(sliced.data(), ones.data(), values.data(), values.data() + 1,
              kBlock, fewer, mixed.data());
  // The result is the same if it overwrites the input.
  std::vector<float> same = sliced;
  kernels.mix(same.data(), ones.data(), values.data(), values.data() + 1,
              kBlock, fewer, same.data());
  CHECK_TRUE(SameBits(same, mixed));
  all.insert(all.end(), sliced.begin(), sliced.end());
  all.insert(all.end(), ones.begin(), ones.end());
  all.insert(all.end(), mixed.begin(), mixed.end());
  return all;
}

void InstructionSetsAgreeOnTheBits() {
#ifdef RLOSS_HAVE_X86_KERNELS
  for (int dim = 1; dim <= kMaxDim; ++dim) {
    for (int channels : {1, 3, 4, 5, 21}) {
      const int stride = channels <= 4 ? 4 : (channels + 7) / 8 * 8;
      for (const bool equalized : {false, true}) {
        const auto run = [&](const Kernels<float>& kernels) {
          return RunKernels(kernels, dim, channels, stride, equalized);
        };
        const auto plain = run(baseline::FloatKernels(dim, stride));
        if (__builtin_cpu_supports("avx2")) {
          CHECK_TRUE(SameBits(plain, run(avx2::FloatKernels(dim, stride))));
        }
        if (__builtin_cpu_supports("avx512vl")) {
          CHECK_TRUE(SameBits(plain, run(avx512::FloatKernels(dim, stride))));
        }
      }
    }
  }
#endif
}

}  // namespace
}  // namespace rloss

int main() {
  rloss::InstructionSetsAgreeOnTheBits();
  return rloss::Report("kernels_test");
}
