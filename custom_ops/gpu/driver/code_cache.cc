#include "code_cache.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>

namespace rloss {
namespace gpu {
namespace {

// Returns the FNV-1a hash of `text`, continuing from `hash`.
uint64_t HashOf(const std::string& text, uint64_t hash) {
  for (const unsigned char byte : text) {
    hash = (hash ^ byte) * 0x100000001b3ull;
  }
  return hash;
}

std::string Hexadecimal(uint64_t number) {
  char text[17];
  std::snprintf(text, sizeof(text), "%016llx",
                static_cast<unsigned long long>(number));
  return text;
}

// Returns the first line of a file, which shows that the file is one of this
// cache and complete.
std::string Seal(const std::string& code) {
  return "tf_rloss " + std::to_string(code.size()) + " " +
         Hexadecimal(HashOf(code, 0xcbf29ce484222325ull)) + "\n";
}

// Makes the missing folders of a path, for this user alone.
void MakeFolders(const std::string& path) {
  for (size_t i = 1; i <= path.size(); ++i) {
    if (i == path.size() || path[i] == '/') {
      mkdir(path.substr(0, i).c_str(), 0700);
    }
  }
}

}  // namespace

std::string CodeCache::DefaultFolder() {
  const char* cache = std::getenv("XDG_CACHE_HOME");
  if (cache != nullptr && cache[0] == '/') {
    return std::string(cache) + "/tf_rloss";
  }
  const char* home = std::getenv("HOME");
  if (home != nullptr && home[0] == '/') {
    return std::string(home) + "/.cache/tf_rloss";
  }
  return "";
}

std::string CodeCache::KeyOf(const std::vector<std::string>& parts) {
  uint64_t first = 0xcbf29ce484222325ull, second = 0x9E3779B97F4A7C15ull;
  for (const std::string& part : parts) {
    const std::string whole = part + '\0';
    first = HashOf(whole, first);
    second = HashOf(whole, second);
  }
  return Hexadecimal(first) + Hexadecimal(second);
}

bool CodeCache::Load(const std::string& key, std::string* code) const {
  if (folder_.empty()) return false;
  std::ifstream file(folder_ + "/" + key, std::ios::binary);
  if (!file) return false;
  const std::string all{std::istreambuf_iterator<char>(file),
                        std::istreambuf_iterator<char>()};
  const size_t end = all.find('\n');
  if (end == std::string::npos) return false;
  *code = all.substr(end + 1);
  return all.substr(0, end + 1) == Seal(*code);
}

bool CodeCache::Store(const std::string& key, const std::string& code) const {
  if (folder_.empty()) return false;
  MakeFolders(folder_);
  const std::string target = folder_ + "/" + key;
  std::string own = target + ".XXXXXX";
  const int descriptor = mkstemp(&own[0]);
  if (descriptor < 0) return false;
  close(descriptor);
  std::ofstream file(own, std::ios::binary);
  file << Seal(code) << code;
  file.close();
  if (file && std::rename(own.c_str(), target.c_str()) == 0) return true;
  std::remove(own.c_str());
  return false;
}

}  // namespace gpu
}  // namespace rloss
