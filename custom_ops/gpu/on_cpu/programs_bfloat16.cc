#include "programs_impl.h"

namespace rloss {
namespace gpu {
namespace shim {

const Entries& Bfloat16Programs(int dim) { return ProgramsOf<Bfloat16>(dim); }

}  // namespace shim
}  // namespace gpu
}  // namespace rloss
