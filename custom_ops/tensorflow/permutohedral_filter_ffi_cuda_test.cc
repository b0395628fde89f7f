// Tests the filter's handler for NVIDIA GPUs by calls like XLA's.
#include "../gpu/on_cpu/filter_on_shim.h"
#include "ffi_cuda_test_support.h"
#include "xla_call.h"

namespace rloss {
namespace {

// Calls the handler. Returns the text of its error, or an empty text.
template <typename Value>
std::string Filter(const std::vector<Value>& values,
                   const std::vector<gpu::RealOf<Value>>& features,
                   const BatchShape& shape, BlurOrder order,
                   std::vector<Value>* output) {
  output->resize(values.size());
  const std::vector<int64_t> sizes{shape.images, shape.points, shape.channels};
  return Call()
      .Argument(values, sizes)
      .Argument(features, {shape.images, shape.points, shape.dim})
      .Result(*output, sizes)
      .Attribute(kEqualizedAttribute, int32_t{shape.equalized})
      .Attribute(kOrderAttribute, static_cast<int32_t>(order))
      .Run();
}

template <typename Value>
void FiltersLikeTheLauncher() {
  BatchShape shape{2, 700, 3, 5};
  const auto features = Normal<gpu::RealOf<Value>>(2 * 700 * 5, 1.5, 1);
  std::vector<Value> values;
  for (const float number : Normal<float>(2 * 700 * 3, 1, 2)) {
    Value value;
    gpu::FromReal(number, &value);
    values.push_back(value);
  }
  for (const BlurOrder order : shim::kOrders) {
    shape.equalized = order == BlurOrder::kReverse;
    std::vector<Value> output;
    CHECK_TRUE(Filter(values, features, shape, order, &output).empty());
    CHECK_TRUE(SameBits(
        output, shim::FilterOnShim(values, features, shape, order)));
  }
}

void SaysWhatIsWrong() {
  const BatchShape shape{2, 9, 1, 2};
  auto features = Normal<float>(2 * 9 * 2, 1, 1);
  const std::vector<float> values(2 * 9, 1.0f);
  std::vector<float> output;
  features[(9 + 4) * 2] = 1e9f;
  features[(9 + 4) * 2 + 1] = 0.5f;
  std::string error =
      Filter(values, features, shape, BlurOrder::kForward, &output);
  CHECK_TRUE(error.find("of magnitude up to") != std::string::npos);
  CHECK_TRUE(error.find("features[1, 4] = [1e+09, 0.5]") != std::string::npos);

  features[(9 + 4) * 2] = 0;
  memory_ends = true;
  error = Filter(values, features, shape, BlurOrder::kForward, &output);
  memory_ends = false;
  CHECK_TRUE(error.find("MB of GPU memory") != std::string::npos);
}

}  // namespace
}  // namespace rloss

int main() {
  using namespace rloss;
  CHECK_TRUE(std::strcmp(platform, "CUDA") == 0);
  CHECK_TRUE(std::strcmp(call_name, kFilterCall) == 0);
  FiltersLikeTheLauncher<float>();
  FiltersLikeTheLauncher<double>();
  FiltersLikeTheLauncher<gpu::Half>();
  FiltersLikeTheLauncher<gpu::Bfloat16>();
  SaysWhatIsWrong();
  return Report("permutohedral_filter_ffi_cuda_test");
}
