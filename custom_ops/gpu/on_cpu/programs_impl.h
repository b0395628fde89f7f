// Compiles the kernels for this processor. There is one file for each type of
// values, which includes this one.
#include <cstdint>
#include <utility>

#include "cuda_words.h"
// The device's text comes after the words that it uses.
#include "../kernels/forms_kernels.h"
#include "../kernels/kernels.h"
#include "programs.h"

namespace rloss {
namespace gpu {
namespace shim {
namespace {

template <typename... Arguments, size_t... i>
void Unpack(void (*kernel)(Arguments...), void** arguments,
            std::index_sequence<i...>) {
  kernel(*static_cast<Arguments*>(arguments[i])...);
}

template <typename... Arguments>
void Call(void (*kernel)(Arguments...), void** arguments) {
  Unpack(kernel, arguments, std::index_sequence_for<Arguments...>());
}

template <int D, typename Value>
constexpr Entries MakeEntries() {
  using K = Kernels<D, Value>;
  using F = FormsKernels<D, RealOf<Value>>;
  return {{
      [](void** arguments) { Call(&K::RunPrepare, arguments); },
      [](void** arguments) { Call(&K::RunEmbed, arguments); },
      [](void** arguments) { Call(&K::RunNumberVertices, arguments); },
      [](void** arguments) { Call(&K::RunListRows, arguments); },
      [](void** arguments) { Call(&K::RunSortRows, arguments); },
      [](void** arguments) { Call(&K::RunSplat, arguments); },
      [](void** arguments) { Call(&K::RunCombine, arguments); },
      [](void** arguments) { Call(&K::RunBlurOne, arguments); },
      [](void** arguments) { Call(&K::RunBlurTwo, arguments); },
      [](void** arguments) { Call(&K::RunSlice, arguments); },
      [](void** arguments) { Call(&F::RunMakeFeatures, arguments); },
      [](void** arguments) { Call(&F::RunSplatForms, arguments); },
      [](void** arguments) { Call(&F::RunSumTiles, arguments); },
      [](void** arguments) { Call(&F::RunSumImages, arguments); },
      [](void** arguments) { Call(&F::RunSliceForms, arguments); },
      [](void** arguments) { Call(&F::RunMixForms, arguments); },
  }};
}

template <typename Value>
const Entries& ProgramsOf(int dim) {
  static const Entries entries[] = {
      MakeEntries<1, Value>(), MakeEntries<2, Value>(), MakeEntries<3, Value>(),
      MakeEntries<4, Value>(), MakeEntries<5, Value>(), MakeEntries<6, Value>(),
      MakeEntries<7, Value>(), MakeEntries<8, Value>(),
  };
  return entries[dim - 1];
}

}  // namespace
}  // namespace shim
}  // namespace gpu
}  // namespace rloss
