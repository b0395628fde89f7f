// Compiled programs on disk, so that only the first process compiles.
//
// A file that is damaged, or a folder that cannot be written, costs time and
// nothing else.
#ifndef RLOSS_GPU_DRIVER_CODE_CACHE_H_
#define RLOSS_GPU_DRIVER_CODE_CACHE_H_

#include <string>
#include <vector>

namespace rloss {
namespace gpu {

class CodeCache {
 public:
  // $XDG_CACHE_HOME/tf_rloss, else ~/.cache/tf_rloss; empty if there is no
  // home either.
  static std::string DefaultFolder();

  // A file name that depends on everything the code depends on.
  static std::string KeyOf(const std::vector<std::string>& parts);

  // An empty folder keeps nothing.
  explicit CodeCache(std::string folder) : folder_(std::move(folder)) {}

  bool Load(const std::string& key, std::string* code) const;
  // The file appears at once or not at all. Returns whether it did.
  bool Store(const std::string& key, const std::string& code) const;

 private:
  std::string folder_;
};

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_DRIVER_CODE_CACHE_H_
