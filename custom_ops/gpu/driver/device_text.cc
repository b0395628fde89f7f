#include "device_text.h"

// Makes `symbol` the text of a file, which the assembler copies in. Paths are
// from the root of the checkout, where the compiler runs.
// build_tools/library.py compiles this file again when such a file changes.
#define RLOSS_TEXT(symbol, path)                                              \
  extern "C" const char symbol[];                                             \
  asm(".pushsection .rodata\n"                                                \
      ".hidden " #symbol "\n.global " #symbol "\n" #symbol ":\n"              \
      ".incbin \"custom_ops/" path "\"\n.byte 0\n.popsection");

RLOSS_TEXT(rloss_text_program, "gpu/kernels/program.cu")
RLOSS_TEXT(rloss_text_blur, "gpu/kernels/blur.h")
RLOSS_TEXT(rloss_text_combine, "gpu/kernels/combine.h")
RLOSS_TEXT(rloss_text_connect, "gpu/kernels/connect.h")
RLOSS_TEXT(rloss_text_embed, "gpu/kernels/embed.h")
RLOSS_TEXT(rloss_text_forms, "gpu/kernels/forms.h")
RLOSS_TEXT(rloss_text_forms_kernels, "gpu/kernels/forms_kernels.h")
RLOSS_TEXT(rloss_text_forms_layout, "gpu/kernels/forms_layout.h")
RLOSS_TEXT(rloss_text_form_sums, "gpu/kernels/form_sums.h")
RLOSS_TEXT(rloss_text_kernels, "gpu/kernels/kernels.h")
RLOSS_TEXT(rloss_text_layout, "gpu/kernels/layout.h")
RLOSS_TEXT(rloss_text_number_types, "gpu/kernels/number_types.h")
RLOSS_TEXT(rloss_text_packs, "gpu/kernels/packs.h")
RLOSS_TEXT(rloss_text_point_order, "gpu/kernels/point_order.h")
RLOSS_TEXT(rloss_text_simplex, "gpu/kernels/simplex.h")
RLOSS_TEXT(rloss_text_splat_slice, "gpu/kernels/splat_slice.h")
RLOSS_TEXT(rloss_text_vertex_table, "gpu/kernels/vertex_table.h")
RLOSS_TEXT(rloss_text_self_affinity, "lattice/self_affinity.h")
RLOSS_TEXT(rloss_text_vertex_key, "lattice/vertex_key.h")

namespace rloss {
namespace gpu {
namespace {

// NVRTC comes without a standard library; this is all the kernels need of it.
constexpr char kCstdint[] = R"(
typedef signed char int8_t;
typedef unsigned char uint8_t;
typedef short int16_t;
typedef unsigned short uint16_t;
typedef int int32_t;
typedef unsigned int uint32_t;
typedef long long int64_t;
typedef unsigned long long uint64_t;
)";
constexpr char kTypeTraits[] = R"(
namespace std {
template <bool condition, typename T, typename F>
struct conditional {
  typedef T type;
};
template <typename T, typename F>
struct conditional<false, T, F> {
  typedef F type;
};
template <bool condition, typename T, typename F>
using conditional_t = typename conditional<condition, T, F>::type;
}  // namespace std
)";

}  // namespace

const char* ProgramText() { return rloss_text_program; }

const std::vector<TextFile>& ProgramHeaders() {
  static const std::vector<TextFile> headers = {
      {"cstdint", kCstdint},
      {"type_traits", kTypeTraits},
      {"blur.h", rloss_text_blur},
      {"combine.h", rloss_text_combine},
      {"connect.h", rloss_text_connect},
      {"embed.h", rloss_text_embed},
      {"forms.h", rloss_text_forms},
      {"forms_kernels.h", rloss_text_forms_kernels},
      {"forms_layout.h", rloss_text_forms_layout},
      {"form_sums.h", rloss_text_form_sums},
      {"kernels.h", rloss_text_kernels},
      {"layout.h", rloss_text_layout},
      {"number_types.h", rloss_text_number_types},
      {"packs.h", rloss_text_packs},
      {"point_order.h", rloss_text_point_order},
      {"simplex.h", rloss_text_simplex},
      {"splat_slice.h", rloss_text_splat_slice},
      {"vertex_table.h", rloss_text_vertex_table},
      {"../../lattice/self_affinity.h", rloss_text_self_affinity},
      {"../../lattice/vertex_key.h", rloss_text_vertex_key},
  };
  return headers;
}

}  // namespace gpu
}  // namespace rloss
