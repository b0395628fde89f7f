// Scratch memory for tasks that run at once.
#ifndef RLOSS_LATTICE_POOL_H_
#define RLOSS_LATTICE_POOL_H_

#include <memory>
#include <mutex>
#include <utility>
#include <vector>

namespace rloss {

// Lends out scratch objects. Those that come back keep their memory for the
// next task.
template <typename T>
class Pool {
 public:
  class Lease {
   public:
    explicit Lease(Pool* pool) : pool_(pool), object_(pool->Take()) {}
    ~Lease() { pool_->Return(std::move(object_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    T* get() const { return object_.get(); }
    T* operator->() const { return object_.get(); }

   private:
    Pool* pool_;
    std::unique_ptr<T> object_;
  };

 private:
  std::unique_ptr<T> Take() {
    std::lock_guard<std::mutex> lock(mutex_);
    if (free_.empty()) return std::make_unique<T>();
    std::unique_ptr<T> object = std::move(free_.back());
    free_.pop_back();
    return object;
  }
  void Return(std::unique_ptr<T> object) {
    std::lock_guard<std::mutex> lock(mutex_);
    free_.push_back(std::move(object));
  }

  std::mutex mutex_;
  std::vector<std::unique_ptr<T>> free_;
};

}  // namespace rloss

#endif  // RLOSS_LATTICE_POOL_H_
