// A hash table from vertex keys to consecutive indices: open addressing,
// linear probing, nothing is ever removed.
#ifndef RLOSS_LATTICE_VERTEX_TABLE_H_
#define RLOSS_LATTICE_VERTEX_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace rloss {

inline uint64_t HashWord(uint64_t word) {
  word *= 0x9E3779B97F4A7C15ull;
  return word ^ (word >> 32);
}

inline uint64_t HashWord(unsigned __int128 word) {
  return HashWord(static_cast<uint64_t>(word) ^
                  HashWord(static_cast<uint64_t>(word >> 64)));
}

template <typename Word>
class VertexTable {
 public:
  static constexpr int32_t kMissing = -1;

  // Forgets all keys and keeps the memory.
  void Clear() {
    keys_.clear();
    slots_.assign(slots_.empty() ? kInitialSlots : slots_.size(), Slot());
  }

  int32_t size() const { return static_cast<int32_t>(keys_.size()); }
  const std::vector<Word>& keys() const { return keys_; }

  int32_t Find(Word key) const {
    const size_t mask = slots_.size() - 1;
    size_t i = HashWord(key) & mask;
    while (slots_[i].index != kMissing) {
      if (slots_[i].key == key) return slots_[i].index;
      i = (i + 1) & mask;
    }
    return kMissing;
  }

  int32_t FindOrInsert(Word key) {
    const size_t mask = slots_.size() - 1;
    size_t i = HashWord(key) & mask;
    while (slots_[i].index != kMissing) {
      if (slots_[i].key == key) return slots_[i].index;
      i = (i + 1) & mask;
    }
    const int32_t index = size();
    slots_[i] = {key, index};
    keys_.push_back(key);
    if (2 * keys_.size() > slots_.size()) Grow();
    return index;
  }

  size_t MemoryBytes() const {
    return keys_.capacity() * sizeof(Word) + slots_.capacity() * sizeof(Slot);
  }

 private:
  struct Slot {
    Word key = 0;
    int32_t index = kMissing;
  };
  static constexpr size_t kInitialSlots = 1 << 12;  // a power of two

  void Grow() {
    slots_.assign(2 * slots_.size(), Slot());
    const size_t mask = slots_.size() - 1;
    for (int32_t index = 0; index < size(); ++index) {
      size_t i = HashWord(keys_[index]) & mask;
      while (slots_[i].index != kMissing) i = (i + 1) & mask;
      slots_[i] = {keys_[index], index};
    }
  }

  std::vector<Word> keys_;
  std::vector<Slot> slots_;
};

}  // namespace rloss

#endif  // RLOSS_LATTICE_VERTEX_TABLE_H_
