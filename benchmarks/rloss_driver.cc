// A C interface to the filter of a checkout of github.com/meng-tang/rloss,
// which is compiled beside this file and is no part of the project.
#include <omp.h>

void bilateralfilter_batch(float* images, int len_images, float* ins,
                           int len_ins, float* outs, int len_outs, int N,
                           int K, int H, int W, float sigmargb, float sigmaxy);

// images [N][3][H][W], values and output [N][K][H][W].
extern "C" void rloss_filter(float* images, float* values, float* output,
                             int N, int K, int H, int W, float sigma_rgb,
                             float sigma_xy, int threads) {
  // Their function lowers this for good to the size of the batch.
  omp_set_num_threads(threads);
  const int pixels = N * H * W;
  bilateralfilter_batch(images, 3 * pixels, values, K * pixels, output,
                        K * pixels, N, K, H, W, sigma_rgb, sigma_xy);
}
