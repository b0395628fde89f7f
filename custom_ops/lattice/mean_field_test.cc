// Tests that an update of mean field and its gradient do not depend on threads
// and agree with their definitions.
#include "mean_field.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "test_support.h"

namespace rloss {
namespace {

// The problem has two images of 39,130 points, which make three strips and no
// whole number of blocks.
constexpr int64_t kImages = 2, kPoints = 39130;

template <typename Real>
struct Problem {
  explicit Problem(int channels)
      : shape{kImages, kPoints, channels, 0},
        logits(Normal<Real>(kImages * kPoints * channels, 3, 1)),
        values(Normal<Real>(kImages * kPoints * channels, 1, 2)),
        before(Normal<Real>(kImages * kPoints, 1, 3)),
        after(Normal<Real>(kImages * kPoints, 0.01, 4)) {
    for (int m = 0; m < 2; ++m) {
      BatchShape build = shape;
      build.dim = m == 0 ? 5 : 2;
      const auto features = Normal<Real>(kImages * kPoints * build.dim, 5, m);
      CHECK_TRUE(BuildBatch<Real>(features.data(), build, Parallel(), &pool,
                                  &lattices[m])
                     .ok());
    }
  }

  std::vector<Real> Update(int threads) {
    std::vector<Real> probs(logits.size());
    std::vector<Messages<Real>> messages;
    for (const auto& batch : lattices) {
      messages.push_back(
          {&batch, values.data(), before.data(), after.data()});
    }
    Pool<UpdateScratch<Real>> scratch;
    UpdateBatch<Real>(logits.data(), messages, shape, Threads(threads),
                      &scratch, probs.data());
    return probs;
  }

  // Returns the derivatives with respect to the logits, then with respect to
  // the values of each kernel, of a loss whose derivatives with respect to the
  // probabilities are `values`.
  std::vector<Real> Gradient(const std::vector<Real>& probs, int threads) {
    const size_t size = probs.size();
    std::vector<Real> all(3 * size, Real(77));
    std::vector<Messages<Real>> messages;
    for (const auto& batch : lattices) {
      messages.push_back({&batch, nullptr, before.data(), after.data()});
    }
    UpdateGradientBatch<Real>(
        {probs.data(), values.data(), all.data(),
         {all.data() + size, all.data() + 2 * size}},
        messages, shape, Threads(threads), &pool);
    return all;
  }

  // Computes the gradient by its definition, with whole filters.
  std::vector<double> ExpectedGradient(const std::vector<Real>& probs) {
    const int channels = shape.channels;
    const size_t size = probs.size();
    std::vector<double> all(size);
    for (size_t p = 0; p < size; p += channels) {
      double mean = 0;
      for (int c = 0; c < channels; ++c) {
        mean += double(probs[p + c]) * values[p + c];
      }
      for (int c = 0; c < channels; ++c) {
        all[p + c] = probs[p + c] * (values[p + c] - mean);
      }
    }
    std::vector<Real> scaled(size), filtered(size);
    for (const auto& batch : lattices) {
      for (size_t i = 0; i < size; ++i) {
        scaled[i] = static_cast<Real>(after[i / channels] * all[i]);
      }
      FilterBatchOn<Real>(batch, scaled.data(), shape, BlurOrder::kSymmetric,
                          Parallel(), &pool, filtered.data());
      for (size_t i = 0; i < size; ++i) {
        all.push_back(double(before[i / channels]) * filtered[i]);
      }
    }
    return all;
  }

  // Computes the update by its definition, with whole filters.
  std::vector<double> Expected() {
    const int channels = shape.channels;
    std::vector<double> total(logits.begin(), logits.end());
    for (const auto& batch : lattices) {
      std::vector<Real> scaled = values, filtered(values.size());
      for (size_t i = 0; i < scaled.size(); ++i) {
        scaled[i] *= before[i / channels];
      }
      FilterBatchOn<Real>(batch, scaled.data(), shape, BlurOrder::kSymmetric,
                          Parallel(), &pool, filtered.data());
      for (size_t i = 0; i < total.size(); ++i) {
        total[i] += double(after[i / channels]) * filtered[i];
      }
    }
    for (size_t p = 0; p < total.size(); p += channels) {
      const auto row = total.begin() + p;
      const double top = *std::max_element(row, row + channels);
      double sum = 0;
      for (int c = 0; c < channels; ++c) sum += std::exp(row[c] - top);
      for (int c = 0; c < channels; ++c) {
        row[c] = std::exp(row[c] - top) / sum;
      }
    }
    return total;
  }

  BatchShape shape;
  std::vector<Real> logits, values, before, after;
  std::vector<Lattice<Real>> lattices[2];
  Pool<Workspace<Real>> pool;
};

template <typename Real>
void UpdateIsTheSoftmaxOfTheSum(int channels, double rounding) {
  Problem<Real> problem(channels);
  const std::vector<Real> probs = problem.Update(1);
  const std::vector<double> expected = problem.Expected();
  double worst = 0;
  for (size_t i = 0; i < probs.size(); ++i) {
    worst = std::max(worst, std::abs(probs[i] - expected[i]));
  }
  // Sums of up to some tens are rounded before the exponential.
  CHECK_TRUE(worst < 100 * rounding);
  for (int threads : {2, 8}) {
    CHECK_TRUE(SameBits(probs, problem.Update(threads)));
  }
  const std::vector<Real> gradient = problem.Gradient(probs, 1);
  const std::vector<double> wanted = problem.ExpectedGradient(probs);
  double error = 0, norm = 0;
  for (size_t i = 0; i < gradient.size(); ++i) {
    error += (gradient[i] - wanted[i]) * (gradient[i] - wanted[i]);
    norm += wanted[i] * wanted[i];
  }
  CHECK_TRUE(std::sqrt(error / norm) < 20 * rounding);
  for (int threads : {2, 8}) {
    CHECK_TRUE(SameBits(gradient, problem.Gradient(probs, threads)));
  }
}

}  // namespace
}  // namespace rloss

int main() {
  using namespace rloss;
  for (int channels : {3, 9}) {
    UpdateIsTheSoftmaxOfTheSum<float>(channels, 6e-8);
  }
  UpdateIsTheSoftmaxOfTheSum<double>(4, 1.1e-16);
  return Report("mean_field_test");
}
