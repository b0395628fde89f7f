// The tools that C++ tests share: checks that are counted, random numbers,
// comparison of bits, threads.
#ifndef RLOSS_LATTICE_TEST_SUPPORT_H_
#define RLOSS_LATTICE_TEST_SUPPORT_H_

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "kernels.h"
#include "parallel.h"

namespace rloss {

inline int checks = 0;
inline int failures = 0;

#define CHECK_TRUE(condition)                                          \
  do {                                                                 \
    ++checks;                                                          \
    if (!(condition)) {                                                \
      ++failures;                                                      \
      std::printf("%s:%d: %s does not hold\n", __FILE__, __LINE__,     \
                  #condition);                                         \
    }                                                                  \
  } while (false)

// Prints the count of checks and failures. Returns the exit code of the test.
inline int Report(const char* name) {
  std::printf("%s (%s): %d checks, %d failed\n", name, InstructionSet(), checks,
              failures);
  return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

template <typename Real>
std::vector<Real> Normal(int64_t count, double deviation, int seed) {
  std::mt19937 random(seed);
  std::normal_distribution<double> normal(0, deviation);
  std::vector<Real> numbers(count);
  for (Real& number : numbers) number = static_cast<Real>(normal(random));
  return numbers;
}

template <typename Real>
bool SameBits(const std::vector<Real>& a, const std::vector<Real>& b) {
  return a.size() == b.size() &&
         std::memcmp(a.data(), b.data(), a.size() * sizeof(Real)) == 0;
}

// Returns a Parallel whose threads take the next task from a shared counter, as
// a thread pool does.
inline Parallel Threads(int threads) {
  return Parallel(threads, [threads](int64_t count, const Parallel::Task& task) {
    std::vector<std::thread> workers;
    std::atomic<int64_t> next{0};
    for (int t = 0; t < threads; ++t) {
      workers.emplace_back([&] {
        for (int64_t i = next++; i < count; i = next++) task(i);
      });
    }
    for (std::thread& worker : workers) worker.join();
  });
}

}  // namespace rloss

#endif  // RLOSS_LATTICE_TEST_SUPPORT_H_
