#include "model/core/registry.hpp"
#include "model/worker_pool.hpp"

namespace blkpath {
namespace {

/// glibc's POSIX AIO: requests of one file descriptor are done by one thread, one after the other
/// (rt/aio_misc.c queues behind the running one), whatever the thread limit. Completion is a signal, after
/// which the emulator of 2008 asked each outstanding request whether it was the one (aio_error).
/// Leaves out: the limit of 20 threads over many descriptors; one disk has one descriptor here.
class PosixAio final : public WorkerPool {
 public:
  static constexpr Layer kLayer = Layer::aio;
  struct Params {
    Time enqueue_cost = 4us;
    Time wake = 6us;
    Time reap_cost = 3us;
    Time scan_cost = 0us;
    static auto fields() {
      return std::tuple{
          field("enqueue_cost", &Params::enqueue_cost, "in the caller: aio_write, mutex, waking the thread",
                assumed("2 GHz core")),
          field("wake", &Params::wake, "from queueing to the thread running", assumed("one context switch")),
          field("reap_cost", &Params::reap_cost, "per completion: signal, aio_return", assumed("2 GHz core")),
          field("scan_cost", &Params::scan_cost, "per completion and outstanding request: aio_error on each",
                assumed("none")),
      };
    }
  };
  explicit PosixAio(const Params& p) : WorkerPool(1, p.enqueue_cost, p.wake), p_(p) {}

 private:
  std::uint32_t reap_cost() const override {
    return static_cast<std::uint32_t>((p_.reap_cost + p_.scan_cost * outstanding()).count());
  }
  Params p_;
};

const Registered<PosixAio> registered{"posix_aio", "glibc POSIX AIO: one request at a time per descriptor."};

}  // namespace
}  // namespace blkpath
