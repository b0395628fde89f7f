// A hash table that gives each vertex key a consecutive index. It uses open
// addressing with linear probing. Nothing is ever removed.
#ifndef RLOSS_LATTICE_VERTEX_TABLE_H_
#define RLOSS_LATTICE_VERTEX_TABLE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <vector>

#include "buffer.h"

namespace rloss {

// Hashes a key. The high bits of the result are well mixed, the low bits are
// not.
inline uint64_t HashWord(uint64_t word) { return word * 0x9E3779B97F4A7C15ull; }

inline uint64_t HashWord(unsigned __int128 word) {
  return HashWord(static_cast<uint64_t>(word) ^
                  HashWord(static_cast<uint64_t>(word >> 64)));
}

template <typename Word>
class VertexTable {
 public:
  static constexpr int32_t kMissing = -1;

  VertexTable() { Clear(); }

  // Forgets all keys and keeps the memory.
  void Clear() {
    keys_.assign(1, ~Word{0});
    ClearSlots();
  }

  int32_t size() const { return static_cast<int32_t>(keys_.size()) - 1; }
  const Word* keys() const { return keys_.data() + 1; }

  // Finds or inserts each key, in order. Sets indices[i] to the index of
  // keys[i].
  //
  // The processor cannot predict which keys collide or are new. So a first pass
  // without branches looks at one slot for each key, and lists the keys that
  // are not there.
  void FindOrInsert(const Word* keys, int32_t count, int32_t* indices) {
    for (int32_t first = 0; first < count; first += kRun) {
      const int32_t end = std::min(first + kRun, count);
      int32_t unresolved[kRun];
      const int32_t failures = LookOnce(keys, first, end, false, indices,
                                        unresolved);
      for (int32_t f = 0; f < failures; ++f) {
        const int32_t i = unresolved[f];
        indices[i] = FindOrInsertOne(keys[i]);
      }
    }
  }

  // Finds each key without inserting it. A missing key gets the index kMissing.
  void Find(const Word* keys, int32_t count, int32_t* indices) const {
    for (int32_t first = 0; first < count; first += kRun) {
      const int32_t end = std::min(first + kRun, count);
      int32_t unresolved[kRun];
      const int32_t failures = LookOnce(keys, first, end, true, indices,
                                        unresolved);
      for (int32_t f = 0; f < failures; ++f) {
        const int32_t i = unresolved[f];
        indices[i] = slots_[SlotOf(keys[i])] - 1;
      }
    }
  }

 private:
  static constexpr int32_t kRun = 256;
  static constexpr int kInitialBits = 14;
  // Slots are small, so there can be many. Then most searches end at the first
  // slot.
  static constexpr size_t kSlotsPerKey = 3;

  // Sets indices[i] from the first slot of keys[i], for i in [begin, end).
  // Lists the keys that this did not settle in `unresolved`, and returns their
  // count. An empty slot settles a key if `empty_settles`.
  int32_t LookOnce(const Word* keys, int32_t begin, int32_t end,
                   bool empty_settles, int32_t* indices,
                   int32_t* unresolved) const {
    const Word* known = keys_.data();
    const int32_t* slots = slots_.data();
    const int shift = shift_;
    int32_t count = 0;
    for (int32_t i = begin; i < end; ++i) {
      const int32_t place = slots[HashWord(keys[i]) >> shift];
      indices[i] = place - 1;
      unresolved[count] = i;
      const bool empty = (place == 0) & empty_settles;
      count += (known[place] != keys[i]) & !empty;
    }
    return count;
  }

  // Returns the slot that holds `key`, or the empty slot where it belongs.
  size_t SlotOf(Word key) const {
    size_t i = HashWord(key) >> shift_;
    while (keys_[slots_[i]] != key && slots_[i] != 0) {
      i = (i + 1) & (slots_.size() - 1);
    }
    return i;
  }

  int32_t FindOrInsertOne(Word key) {
    int32_t& slot = slots_[SlotOf(key)];
    if (slot == 0) {
      slot = static_cast<int32_t>(keys_.size());
      keys_.push_back(key);
      if (kSlotsPerKey * keys_.size() > slots_.size()) {
        Grow();
        return size() - 1;
      }
    }
    return slot - 1;
  }

  void ClearSlots() {
    slots_.Resize(size_t{1} << (64 - shift_));
    std::memset(slots_.data(), 0, slots_.size() * sizeof(int32_t));
  }

  void Grow() {
    --shift_;
    ClearSlots();
    for (size_t i = 1; i < keys_.size(); ++i) {
      slots_[SlotOf(keys_[i])] = static_cast<int32_t>(i);
    }
  }

  std::vector<Word> keys_;   // the first is one that no vertex has
  Buffer<int32_t> slots_;    // places in keys_; 0 is an empty slot
  int shift_ = 64 - kInitialBits;  // 64 - log2 of the number of slots
};

}  // namespace rloss

#endif  // RLOSS_LATTICE_VERTEX_TABLE_H_
