// A C interface to the filter of github.com/meng-tang/rloss, for rloss.py. The
// sources of that filter come from a checkout of the user.
#include <omp.h>

void bilateralfilter_batch(float* images, int len_images, float* ins,
                           int len_ins, float* outs, int len_outs, int N,
                           int K, int H, int W, float sigmargb, float sigmaxy);

// images [N][3][H][W], values and output [N][K][H][W].
extern "C" void rloss_filter(float* images, float* values, float* output,
                             int N, int K, int H, int W, float sigma_color,
                             float sigma_xy, int threads) {
  // The filter lowers the number of threads for good to the size of the batch.
  omp_set_num_threads(threads);
  const int pixels = N * H * W;
  bilateralfilter_batch(images, 3 * pixels, values, K * pixels, output,
                        K * pixels, N, K, H, W, sigma_color, sigma_xy);
}
