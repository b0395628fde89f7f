// Keeps compiled programs on disk, so that only the first process compiles.
//
// A damaged file, or a folder that cannot be written, only costs the time to
// compile again.
#ifndef RLOSS_GPU_DRIVER_CODE_CACHE_H_
#define RLOSS_GPU_DRIVER_CODE_CACHE_H_

#include <string>
#include <vector>

namespace rloss {
namespace gpu {

class CodeCache {
 public:
  // Returns $XDG_CACHE_HOME/tf_rloss, else ~/.cache/tf_rloss; an empty text if
  // there is no home either.
  static std::string DefaultFolder();

  // Returns a file name made of a hash of `parts`, which together must be all
  // that the code depends on.
  static std::string KeyOf(const std::vector<std::string>& parts);

  // If `folder` is empty, nothing is kept.
  explicit CodeCache(std::string folder) : folder_(std::move(folder)) {}

  // Reads the code of `key`. Returns false if it is not there or damaged.
  bool Load(const std::string& key, std::string* code) const;
  // Writes the code of `key`. The file appears complete or not at all; returns
  // whether it appeared.
  bool Store(const std::string& key, const std::string& code) const;

 private:
  std::string folder_;
};

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_DRIVER_CODE_CACHE_H_
