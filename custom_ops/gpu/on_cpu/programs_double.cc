#include "programs_impl.h"

namespace rloss {
namespace gpu {
namespace shim {

const Entries& DoublePrograms(int dim) { return ProgramsOf<double>(dim); }

}  // namespace shim
}  // namespace gpu
}  // namespace rloss
