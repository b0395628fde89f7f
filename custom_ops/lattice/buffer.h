// An array that can grow, whose elements are not initialised, aligned to cache
// lines. It keeps its memory when it shrinks, because touching fresh pages
// costs as much time as filtering.
#ifndef RLOSS_LATTICE_BUFFER_H_
#define RLOSS_LATTICE_BUFFER_H_

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

namespace rloss {

template <typename T>
class Buffer {
 public:
  // Makes room for `size` elements. The old elements are lost if memory grows.
  void Resize(size_t size) {
    if (size > capacity_) {
      data_.reset();
      const size_t bytes = (size * sizeof(T) + kLine - 1) / kLine * kLine;
      data_.reset(static_cast<T*>(std::aligned_alloc(kLine, bytes)));
      if (data_ == nullptr) {
        capacity_ = size_ = 0;
        throw std::bad_alloc();
      }
      capacity_ = size;
    }
    size_ = size;
  }

  T* data() { return data_.get(); }
  const T* data() const { return data_.get(); }
  T& operator[](size_t i) { return data_.get()[i]; }
  const T& operator[](size_t i) const { return data_.get()[i]; }
  size_t size() const { return size_; }

 private:
  static constexpr size_t kLine = 64;
  struct Free {
    void operator()(T* p) const { std::free(p); }
  };
  std::unique_ptr<T, Free> data_;
  size_t size_ = 0;
  size_t capacity_ = 0;
};

}  // namespace rloss

#endif  // RLOSS_LATTICE_BUFFER_H_
