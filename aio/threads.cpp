// A pool of worker threads that read and write, as QEMU's aio=threads: started when none is idle, at most 64
// (THREAD_POOL_MAX_THREADS_DEFAULT). Unlike QEMU's, an idle worker stays.
#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>
#include <vector>

#include "aio/blocking_io.hpp"

namespace blkpath {
namespace {

class Threads final : public AioDriver {
 public:
  explicit Threads(const AioOptions& options)
      : most_(static_cast<std::size_t>(std::max(1, options.workers))) {
    workers_.reserve(most_);
    done_.reserve(options.depth);
  }
  ~Threads() override {
    {
      const std::lock_guard lock(mutex_);
      ending_ = true;
    }
    work_.notify_all();
    for (std::thread& worker : workers_) worker.join();
  }

  std::size_t submit(std::span<AioRequest* const> requests) override {
    for (AioRequest* r : requests) {
      bool start = false;
      {
        const std::lock_guard lock(mutex_);
        queue_.push_back(r);
        start = queue_.size() > idle_ && workers_.size() < most_;
      }
      if (start)
        workers_.emplace_back([this] { serve(); });
      else
        work_.notify_one();
    }
    return requests.size();
  }

  std::size_t reap(std::span<AioRequest*> out, std::size_t at_least, Time timeout) override {
    std::unique_lock lock(mutex_);
    const auto enough = [&] { return done_.size() >= std::min(at_least, out.size()); };
    if (!enough()) {
      wanted_ = std::min(at_least, out.size());
      if (timeout == kForever)
        completion_.wait(lock, enough);
      else
        completion_.wait_for(lock, timeout, enough);
      wanted_ = 0;
    }
    const std::size_t n = std::min(out.size(), done_.size());
    std::copy_n(done_.begin(), n, out.begin());
    done_.erase(done_.begin(), done_.begin() + static_cast<std::ptrdiff_t>(n));
    return n;
  }

  bool cancel(AioRequest& request) override {
    const std::lock_guard lock(mutex_);
    const auto it = std::find(queue_.begin(), queue_.end(), &request);
    if (it == queue_.end()) return false;
    queue_.erase(it);
    request.result = -ECANCELED;
    request.completed = clock_now();
    done_.push_back(&request);
    return true;
  }

 private:
  void serve() {
    std::unique_lock lock(mutex_);
    for (;;) {
      ++idle_;
      work_.wait(lock, [this] { return ending_ || !queue_.empty(); });
      --idle_;
      if (queue_.empty()) return;
      AioRequest* const r = queue_.front();
      queue_.pop_front();
      lock.unlock();
      blocking_io(*r);
      lock.lock();
      done_.push_back(r);
      if (wanted_ > 0 && done_.size() >= wanted_) completion_.notify_one();
    }
  }

  const std::size_t most_;
  std::mutex mutex_;
  std::condition_variable work_, completion_;
  std::deque<AioRequest*> queue_;
  std::vector<AioRequest*> done_;
  std::size_t idle_ = 0, wanted_ = 0;
  bool ending_ = false;
  std::vector<std::thread> workers_;
};

const RegisteredDriver registered{
    {.name = "threads",
     .sentence = "a pool of at most 64 threads that read and write, as QEMU's aio=threads",
     .engine = "",
     .knows_completion = true,
     .make = [](const AioOptions& o) -> std::unique_ptr<AioDriver> { return std::make_unique<Threads>(o); }}};

}  // namespace
}  // namespace blkpath
