// The quadratic forms of a segmentation, and their gradient.
#include <vector>

#include "kernels.h"
#include "lattice.h"
#include "rows.h"
#include "stage_timer.h"
#include "vertex_key.h"

namespace rloss {

template <typename Real>
void Lattice<Real>::Forms(const Real* values, const Real* region,
                          int channels, const Parallel& parallel,
                          Workspace<Real>* workspace,
                          const FormsOutput<Real>& output) const {
  SplatRows(values, channels, true, region, parallel, workspace);
  const int stride = Stride(channels + 1);
  const int blurred = Blur(0, 1, 2, false, stride, parallel, workspace);
  SumForms(0, blurred, channels, stride, parallel, workspace, output);
  // The splatted rows are needed no more: their memory is the second buffer.
  const int reversed =
      Blur(0, 3 - blurred, 0, true, stride, parallel, workspace);
  SliceRows(blurred, reversed, region,
            {output.filtered, channels, output.degrees}, parallel, workspace);
}

// With v the splatted rows and B the blur in one order, S_k' W S_l is the mean
// of v_k' B v_l and v_k' B' v_l = v_l' B v_k. So the second order need not be
// known, nor anything be sliced.
template <typename Real>
void Lattice<Real>::SumForms(int splatted, int blurred, int channels,
                             int stride, const Parallel& parallel,
                             Workspace<Real>* workspace,
                             const FormsOutput<Real>& output) const {
  StageTimer timer(workspace->stages, &StageSeconds::blur);
  const Real* v = workspace->rows[splatted].data();
  const Real* b = workspace->rows[blurred].data();
  const int64_t per_task = RowsPerTask(stride);
  const int64_t tasks = (vertices_ + per_task - 1) / per_task;
  const int length = 2 * channels + 1;  // within, degree, total
  // In double, and in an order that does not depend on the threads.
  std::vector<double> partial(tasks * length, 0.0);
  ForRows(vertices_, stride, parallel, [&](int64_t begin, int64_t end) {
    double* within = partial.data() + begin / per_task * length;
    double* degree = within + channels;
    double* total = degree + channels;
    for (int64_t i = begin * stride; i < end * stride; i += stride) {
      const double splatted_one = v[i + channels];
      const double blurred_one = b[i + channels];
      for (int c = 0; c < channels; ++c) {
        within[c] += double(v[i + c]) * b[i + c];
        degree[c] += v[i + c] * blurred_one + splatted_one * b[i + c];
      }
      *total += splatted_one * blurred_one;
    }
  });
  std::vector<double> sum(length, 0.0);
  for (int64_t i = 0; i < tasks * length; ++i) sum[i % length] += partial[i];
  for (int c = 0; c < channels; ++c) {
    output.within[c] = static_cast<Real>(Gain() * sum[c]);
    output.degree[c] = static_cast<Real>(0.5 * Gain() * sum[channels + c]);
  }
  *output.total = static_cast<Real>(Gain() * sum[2 * channels]);
}

template <typename Real>
void MixForms(const FormsGradient<Real>& gradient, int64_t points,
              int channels, const Parallel& parallel, Real* output) {
  constexpr int64_t kPointsPerTask = Lattice<Real>::kStripPoints;
  const int stride = Stride(channels);
  const Kernels<Real>& kernels = SelectKernels<Real>(kMaxDim, stride);
  std::vector<Real> factors(stride, Real(0)), offsets(stride, Real(0));
  for (int c = 0; c < channels; ++c) {
    factors[c] = 2 * gradient.within[c];
    offsets[c] = gradient.degree[c];
  }
  const int64_t tasks = (points + kPointsPerTask - 1) / kPointsPerTask;
  parallel.For(tasks, [&](int64_t task) {
    const int64_t begin = task * kPointsPerTask;
    kernels.mix(gradient.filtered + begin * channels, gradient.degrees + begin,
                factors.data(), offsets.data(),
                std::min(kPointsPerTask, points - begin), channels, stride,
                output + begin * channels);
  });
}

#define RLOSS_INSTANTIATE(Real)                                              \
  template void Lattice<Real>::Forms(const Real*, const Real*, int,          \
                                     const Parallel&, Workspace<Real>*,      \
                                     const FormsOutput<Real>&) const;        \
  template void MixForms<Real>(const FormsGradient<Real>&, int64_t, int,     \
                               const Parallel&, Real*);
RLOSS_INSTANTIATE(float)
RLOSS_INSTANTIATE(double)
#undef RLOSS_INSTANTIATE

}  // namespace rloss
