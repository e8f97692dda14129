#include "model/core/registry.hpp"
#include "model/worker_pool.hpp"

namespace blkpath {
namespace {

/// A pool of threads that each do preadv/pwritev, as QEMU's aio=threads (at most 64 per AioContext).
/// Leaves out: the time to start a thread (they idle 10 s before they exit), contention among the workers.
class ThreadPool final : public WorkerPool {
 public:
  static constexpr Layer kLayer = Layer::aio;
  struct Params {
    int workers = 64;
    Time enqueue_cost = 3us;
    Time wake = 6us;
    Time reap_cost = 2us;
    static auto fields() {
      return std::tuple{
          field("workers", &Params::workers, "threads at most",
                datasheet("QEMU 7.2 THREAD_POOL_MAX_THREADS_DEFAULT")),
          field("enqueue_cost", &Params::enqueue_cost, "in the caller: queue, post the semaphore",
                assumed("2 GHz core")),
          field("wake", &Params::wake, "from queueing to a worker running", assumed("one context switch")),
          field("reap_cost", &Params::reap_cost, "per completion: bottom half, list", assumed("2 GHz core")),
      };
    }
    void check() const {
      if (workers < 1) throw std::invalid_argument("workers: at least 1, for example 64");
    }
  };
  explicit ThreadPool(const Params& p) : WorkerPool(p.workers, p.enqueue_cost, p.wake), p_(p) {}

 private:
  std::uint32_t reap_cost() const override { return static_cast<std::uint32_t>(p_.reap_cost.count()); }
  Params p_;
};

const Registered<ThreadPool> registered{"thread_pool", "A pool of threads doing synchronous I/O."};

}  // namespace
}  // namespace blkpath
