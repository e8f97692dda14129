#include "model/core/registry.hpp"
#include "model/worker_pool.hpp"

namespace blkpath {
namespace {

/// io_uring. With O_DIRECT the request goes to the block layer inside the submitting call; a buffered one is
/// handed to the kernel's io-wq workers, so the caller does not block on it.
/// Leaves out: SQPOLL, IOPOLL, buffered reads that hit the cache (completed inline by the kernel).
class IoUring final : public WorkerPool {
 public:
  static constexpr Layer kLayer = Layer::aio;
  struct Params {
    bool direct = true;
    int workers = 64;
    Time submit_cost = 1500ns;
    Time wake = 6us;
    Time reap_cost = 500ns;
    static auto fields() {
      return std::tuple{
          field("direct", &Params::direct, "opened O_DIRECT; set by cache= or the job", configured()),
          field("workers", &Params::workers, "io-wq workers for buffered I/O",
                assumed("bounded workers of one ring")),
          field("submit_cost", &Params::submit_cost, "in the caller: io_uring_enter above the block layer",
                assumed("2 GHz core")),
          field("wake", &Params::wake, "from queueing to a worker running", assumed("one context switch")),
          field("reap_cost", &Params::reap_cost, "per completion: reading the completion ring",
                assumed("2 GHz core")),
      };
    }
    void check() const {
      if (workers < 1) throw std::invalid_argument("workers: at least 1, for example 64");
    }
  };
  explicit IoUring(const Params& p) : WorkerPool(p.workers, p.submit_cost, p.wake), p_(p) {}

  void submitted(Slot s, int level) override {
    if (p_.direct) sim().pass_submitted(s, level);
  }
  void on_event(Slot s) override {
    if (p_.direct)
      sim().down(s, below());
    else
      WorkerPool::on_event(s);
  }
  void complete(Slot s) override {
    if (!p_.direct) return WorkerPool::complete(s);
    sim()[s].carried_ns += reap_cost();
    sim().up(s);
  }

 private:
  std::uint32_t reap_cost() const override { return static_cast<std::uint32_t>(p_.reap_cost.count()); }
  Params p_;
};

const Registered<IoUring> registered{"io_uring", "io_uring: inline with O_DIRECT, workers when buffered."};

}  // namespace
}  // namespace blkpath
