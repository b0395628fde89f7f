// Computes the quadratic forms of a segmentation, and their gradient.
#include <vector>

#include "kernels.h"
#include "lattice.h"
#include "rows.h"
#include "stage_timer.h"
#include "strips.h"
#include "vertex_key.h"

namespace rloss {

template <typename Real>
void Lattice<Real>::Forms(const Real* values, const Real* region,
                          int channels, const Parallel& parallel,
                          Workspace<Real>* workspace,
                          const FormsOutput<Real>& output) const {
  SplatRows(values, channels, true, region, parallel, workspace,
            &workspace->splatted);
  BlurRows(BlurOrder::kSymmetric, Stride(channels + 1), workspace->splatted,
           parallel, workspace);
  SumForms(channels, parallel, workspace, output);
  SliceRows(region, {output.filtered, channels, output.degrees}, parallel,
            workspace);
}

// If v are the splatted rows and B is the blur, S_k' W S_l is gain * v_k' B
// v_l. So sums over the vertices replace sums over all points.
template <typename Real>
void Lattice<Real>::SumForms(int channels, const Parallel& parallel,
                             Workspace<Real>* workspace,
                             const FormsOutput<Real>& output) const {
  StageTimer timer(workspace->stages, &StageSeconds::blur);
  const Slabs slabs(vertices_, Stride(channels + 1));
  const Real* splatted = workspace->splatted.data();
  const Real* blurred = workspace->blurred.data();
  const int64_t rows = 1 << 13;  // that a task sums
  const int64_t tasks = (vertices_ + rows - 1) / rows;
  const int length = 2 * channels + 1;  // within, degree, total
  const int64_t ones = channels / slabs.width * slabs.size +
                       channels % slabs.width;
  // The sums are double, and their order does not depend on the threads.
  std::vector<double> partial(tasks * length, 0.0);
  parallel.For(tasks, [&](int64_t task) {
    double* within = partial.data() + task * length;
    double* degree = within + channels;
    const int64_t end = std::min(vertices_, (task + 1) * rows);
    for (int c = 0; c <= channels; c += slabs.width) {
      const int64_t slab = c / slabs.width * slabs.size;
      const int count = std::min(slabs.width, channels - c);
      for (int64_t i = task * rows; i < end; ++i) {
        const Real* v = splatted + slab + i * slabs.width;
        const Real* b = blurred + slab + i * slabs.width;
        const double blurred_one = blurred[ones + i * slabs.width];
        for (int k = 0; k < count; ++k) {
          within[c + k] += double(v[k]) * b[k];
          degree[c + k] += v[k] * blurred_one;
        }
        // The ones are the last channel.
        if (count < slabs.width) degree[channels] += v[count] * blurred_one;
      }
    }
  });
  std::vector<double> sum(length, 0.0);
  for (int64_t i = 0; i < tasks * length; ++i) sum[i % length] += partial[i];
  for (int c = 0; c < channels; ++c) {
    output.within[c] = static_cast<Real>(Gain(dim_) * sum[c]);
    output.degree[c] = static_cast<Real>(Gain(dim_) * sum[channels + c]);
  }
  *output.total = static_cast<Real>(Gain(dim_) * sum[2 * channels]);
}

template <typename Real>
void MixForms(const FormsGradient<Real>& gradient, int64_t points,
              int channels, const Parallel& parallel, Real* output) {
  const Strips strips(points);
  const Kernels<Real>& kernels =
      SelectKernels<Real>(kMaxDim, Stride(channels));
  std::vector<Real> factors(gradient.within, gradient.within + channels);
  for (Real& factor : factors) factor *= 2;
  parallel.For(strips.count, [&](int64_t strip) {
    const int64_t begin = strips.begin(strip);
    kernels.mix(gradient.filtered + begin * channels, gradient.degrees + begin,
                factors.data(), gradient.degree,
                strips.end(strip) - begin, channels,
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
