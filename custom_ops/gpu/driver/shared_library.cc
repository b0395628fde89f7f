#include "shared_library.h"

#include <dlfcn.h>
#include <link.h>

#include <algorithm>

namespace rloss {
namespace gpu {

bool SharedLibrary::Open(const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    handle_ = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (handle_ != nullptr) return true;
    const char* reason = dlerror();
    if (reason != nullptr) reason_ = reason;
  }
  return false;
}

void* SharedLibrary::Address(const char* symbol) const {
  return dlsym(handle_, symbol);
}

std::vector<std::string> PackageFolders() {
  std::vector<std::string> folders;
  dl_iterate_phdr(
      [](dl_phdr_info* info, size_t, void* data) {
        auto* found = static_cast<std::vector<std::string>*>(data);
        const std::string path = info->dlpi_name;
        for (const char* name : {"/site-packages/", "/dist-packages/"}) {
          const size_t end = path.find(name);
          if (end == std::string::npos) continue;
          const std::string folder = path.substr(0, end + 15);
          if (std::find(found->begin(), found->end(), folder) ==
              found->end()) {
            found->push_back(folder);
          }
        }
        return 0;
      },
      &folders);
  return folders;
}

}  // namespace gpu
}  // namespace rloss
