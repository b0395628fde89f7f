#include "programs_impl.h"

namespace rloss {
namespace gpu {
namespace shim {

const Entries& HalfPrograms(int dim) { return ProgramsOf<Half>(dim); }

}  // namespace shim
}  // namespace gpu
}  // namespace rloss
