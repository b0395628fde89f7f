// Asks the system for huge pages, so that writing fresh memory causes fewer
// page faults.
#ifndef RLOSS_LATTICE_HUGE_PAGES_H_
#define RLOSS_LATTICE_HUGE_PAGES_H_

#include <cstddef>
#include <cstdint>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace rloss {

// Asks for huge pages, which have 2 MiB instead of 4 KiB, within [data, data +
// bytes). Filtering into fresh memory takes three times as long as into memory
// that was written before; page faults take most of that time, and huge pages
// save nearly all of them. The system may have none: then nothing changes.
inline void PreferHugePages(void* data, size_t bytes) {
#if defined(__linux__) && defined(MADV_HUGEPAGE)
  constexpr uintptr_t kPage = uintptr_t{2} << 20;
  const uintptr_t address = reinterpret_cast<uintptr_t>(data);
  const uintptr_t begin = (address + kPage - 1) / kPage * kPage;
  const uintptr_t end = (address + bytes) / kPage * kPage;
  if (begin + kPage < end) {
    madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
  }
#endif
}

}  // namespace rloss

#endif  // RLOSS_LATTICE_HUGE_PAGES_H_
