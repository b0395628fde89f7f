// A shared library that is opened at run time, if the machine has it.
#ifndef RLOSS_GPU_DRIVER_SHARED_LIBRARY_H_
#define RLOSS_GPU_DRIVER_SHARED_LIBRARY_H_

#include <string>
#include <vector>

namespace rloss {
namespace gpu {

class SharedLibrary {
 public:
  // Opens the first of `names` that can be opened, and returns whether one
  // could be. It stays open until the process ends.
  bool Open(const std::vector<std::string>& names);

  // Sets *function, or returns false if the library has no such symbol.
  template <typename Function>
  bool Find(const char* symbol, Function** function) const {
    *function = reinterpret_cast<Function*>(Address(symbol));
    return *function != nullptr;
  }

  // The linker's words on why no library could be opened.
  const std::string& reason() const { return reason_; }

 private:
  void* Address(const char* symbol) const;

  void* handle_ = nullptr;
  std::string reason_;
};

// Returns the folders named site-packages or dist-packages that libraries of
// this process were loaded from. pip puts NVIDIA's libraries there.
std::vector<std::string> PackageFolders();

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_DRIVER_SHARED_LIBRARY_H_
