// Libraries that are opened at run time, or not at all.
#ifndef RLOSS_GPU_DRIVER_SHARED_LIBRARY_H_
#define RLOSS_GPU_DRIVER_SHARED_LIBRARY_H_

#include <string>
#include <vector>

namespace rloss {
namespace gpu {

class SharedLibrary {
 public:
  // Opens the first of `names` that can be; stays open until the process ends.
  bool Open(const std::vector<std::string>& names);

  // Sets *function, or returns false if the library has no such symbol.
  template <typename Function>
  bool Find(const char* symbol, Function** function) const {
    *function = reinterpret_cast<Function*>(Address(symbol));
    return *function != nullptr;
  }

  // Why nothing could be opened, in the linker's words.
  const std::string& reason() const { return reason_; }

 private:
  void* Address(const char* symbol) const;

  void* handle_ = nullptr;
  std::string reason_;
};

// The folders named site-packages or dist-packages that libraries of this
// process were loaded from: where pip puts NVIDIA's libraries.
std::vector<std::string> PackageFolders();

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_DRIVER_SHARED_LIBRARY_H_
