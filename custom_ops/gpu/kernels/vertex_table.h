// A hash table of the vertices of each image, with open addressing. Threads of
// all blocks fill it at once. Nothing is removed, and Insert() tells when the
// table is too small.
//
// Up to 5 dimensions compare-and-swap publishes the 64-bit key itself. That
// needs no lock and no second store, so no thread sees half an entry. (No key
// is 0: quotients are stored with a bias that keeps them positive.) Wider keys
// are first written to memory, at the number of their row; then
// compare-and-swap publishes that number.
#ifndef RLOSS_GPU_KERNELS_VERTEX_TABLE_H_
#define RLOSS_GPU_KERNELS_VERTEX_TABLE_H_

#include "layout.h"
#include "../../lattice/vertex_key.h"

namespace rloss {
namespace gpu {

inline uint32_t Hash(uint64_t word) {
  word *= 0x9E3779B97F4A7C15ull;
  return static_cast<uint32_t>(word >> 32);
}
inline uint32_t Hash(unsigned __int128 word) {
  const uint64_t folded =
      static_cast<uint64_t>(word) ^
      0xD6E8FEB86659FD93ull * static_cast<uint64_t>(word >> 64);
  return Hash(folded);
}

template <typename Word>
class VertexTable;

template <>
class VertexTable<uint64_t> {
 public:
  typedef uint64_t Entry;

  VertexTable(const Scratch& scratch, uint32_t image)
      : first_(image * scratch.slots),
        mask_(scratch.slots - 1),
        max_probes_(scratch.max_probes),
        entries_(static_cast<Entry*>(scratch.table)) {}

  // Stores the key for the comparisons of Insert(). Keys of 64 bits are in the
  // table itself, so there is nothing to store.
  static void Prepare(const Scratch&, uint32_t, uint64_t) {}

  // Returns the slot of the key and takes one if it has none. Returns kMissing
  // if there is no free slot within max_probes.
  uint32_t Insert(uint64_t key, uint32_t, bool* is_new) const {
    uint32_t slot = first_ + (Hash(key) & mask_);
    for (uint32_t probe = 0; probe < max_probes_; ++probe) {
      uint64_t found = AtomicRead(&entries_[slot]);
      if (found == 0) found = atomicCAS(&entries_[slot], Entry{0}, key);
      *is_new = found == 0;
      if (found == 0 || found == key) return slot;
      slot = first_ + ((slot + 1 - first_) & mask_);
    }
    *is_new = false;
    return kMissing;
  }

  // Returns the slot of the key, or kMissing. Only kernels after the one that
  // inserts may call this: keys that another block inserts meanwhile can be
  // missed.
  uint32_t Find(uint64_t key) const {
    uint32_t slot = first_ + (Hash(key) & mask_);
    for (uint32_t probe = 0; probe < max_probes_; ++probe) {
      const uint64_t found = entries_[slot];
      if (found == key) return slot;
      if (found == 0) return kMissing;
      slot = first_ + ((slot + 1 - first_) & mask_);
    }
    return kMissing;
  }

  uint64_t KeyAt(uint32_t slot) const { return entries_[slot]; }

 private:
  uint32_t first_, mask_, max_probes_;
  Entry* entries_;
};

template <>
class VertexTable<unsigned __int128> {
 public:
  typedef uint32_t Entry;
  typedef unsigned __int128 Word;

  VertexTable(const Scratch& scratch, uint32_t image)
      : first_(image * scratch.slots),
        mask_(scratch.slots - 1),
        max_probes_(scratch.max_probes),
        entries_(static_cast<Entry*>(scratch.table)),
        key_of_row_(static_cast<Word*>(scratch.key_of_row)) {}

  static void Prepare(const Scratch& scratch, uint32_t row, Word key) {
    static_cast<Word*>(scratch.key_of_row)[row] = key;
    __threadfence();  // before the row is published
  }

  uint32_t Insert(Word key, uint32_t row, bool* is_new) const {
    uint32_t slot = first_ + (Hash(key) & mask_);
    for (uint32_t probe = 0; probe < max_probes_; ++probe) {
      Entry found = AtomicRead(&entries_[slot]);
      if (found == 0) found = atomicCAS(&entries_[slot], Entry{0}, row + 1);
      *is_new = found == 0;
      if (found == 0) return slot;
      __threadfence();  // the row was published, so its key can be read
      if (key_of_row_[found - 1] == key) return slot;
      slot = first_ + ((slot + 1 - first_) & mask_);
    }
    *is_new = false;
    return kMissing;
  }

  uint32_t Find(Word key) const {
    uint32_t slot = first_ + (Hash(key) & mask_);
    for (uint32_t probe = 0; probe < max_probes_; ++probe) {
      if (entries_[slot] == 0) return kMissing;
      if (KeyAt(slot) == key) return slot;
      slot = first_ + ((slot + 1 - first_) & mask_);
    }
    return kMissing;
  }

  Word KeyAt(uint32_t slot) const { return key_of_row_[entries_[slot] - 1]; }

 private:
  uint32_t first_, mask_, max_probes_;
  Entry* entries_;
  const Word* key_of_row_;
};

}  // namespace gpu
}  // namespace rloss

#endif  // RLOSS_GPU_KERNELS_VERTEX_TABLE_H_
