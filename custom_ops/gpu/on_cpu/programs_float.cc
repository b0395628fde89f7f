#include "programs_impl.h"

namespace rloss {
namespace gpu {
namespace shim {

const Entries& FloatPrograms(int dim) { return ProgramsOf<float>(dim); }

}  // namespace shim
}  // namespace gpu
}  // namespace rloss
