// Tests that huge pages are asked for within the given memory only, and not at
// all if it is small.
#include "huge_pages.h"

#include <cinttypes>
#include <cstdio>
#include <fstream>
#include <string>

#include "test_support.h"

namespace rloss {
namespace {

#if defined(__linux__) && defined(MADV_HUGEPAGE)

constexpr size_t kHuge = size_t{2} << 20;

// Returns whether somebody asked for a huge page at `address`.
bool IsWished(const char* address) {
  std::ifstream maps("/proc/self/smaps");
  const auto wanted = reinterpret_cast<uintptr_t>(address);
  bool inside = false;
  for (std::string line; std::getline(maps, line);) {
    uintptr_t begin, end;
    if (std::sscanf(line.c_str(), "%" SCNxPTR "-%" SCNxPTR " ", &begin, &end) ==
        2) {
      inside = begin <= wanted && wanted < end;
    } else if (inside && line.rfind("VmFlags:", 0) == 0) {
      return (line + " ").find(" hg ") != std::string::npos;
    }
  }
  return false;
}

// Returns the first whole huge page of fresh memory that has `pages` of them.
char* Fresh(size_t pages) {
  void* memory = mmap(nullptr, (pages + 1) * kHuge, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK_TRUE(memory != MAP_FAILED);
  const auto address = reinterpret_cast<uintptr_t>(memory);
  return reinterpret_cast<char*>((address + kHuge - 1) / kHuge * kHuge);
}

void TheWholePagesInsideAreWished() {
  char* reference = Fresh(1);
  madvise(reference, kHuge, MADV_HUGEPAGE);
  if (!IsWished(reference)) {
    std::printf("This system has no huge pages, or does not tell.\n");
    return;
  }
  char* memory = Fresh(6);
  PreferHugePages(memory + 64, 5 * kHuge);
  CHECK_TRUE(!IsWished(memory));
  for (int page = 1; page < 5; ++page) {
    CHECK_TRUE(IsWished(memory + page * kHuge));
  }
  CHECK_TRUE(!IsWished(memory + 5 * kHuge));

  char* small = Fresh(1);
  PreferHugePages(small, kHuge);
  CHECK_TRUE(!IsWished(small));
}

#else

void TheWholePagesInsideAreWished() {}

#endif

}  // namespace
}  // namespace rloss

int main() {
  rloss::PreferHugePages(nullptr, 0);
  rloss::TheWholePagesInsideAreWished();
  return rloss::Report("huge_pages_test");
}
