#include "model/bounded_queue.hpp"
#include "model/core/registry.hpp"

namespace blkpath {
namespace {

/// io_submit and io_getevents. The call returns when the layer below returns: at once from a block queue with
/// room, after the whole I/O from the page cache; so linux-aio without O_DIRECT blocks, and nothing here has
/// to say so. More than `events` in flight wait in user space: their caller returns at once, and the
/// completion that makes room submits them.
class LinuxAio final : public BoundedQueue {
 public:
  static constexpr Layer kLayer = Layer::aio;
  struct Params {
    int events = 1024;
    Time submit_cost = 2us;
    Time reap_cost = 1us;
    static auto fields() {
      return std::tuple{
          field("events", &Params::events, "size of the completion ring", datasheet("QEMU 7.2 MAX_EVENTS")),
          field("submit_cost", &Params::submit_cost, "in the caller: io_submit above the block layer",
                assumed("2 GHz core")),
          field("reap_cost", &Params::reap_cost, "per completion: io_getevents, eventfd",
                assumed("2 GHz core")),
      };
    }
    void check() const {
      if (events < 1) throw std::invalid_argument("events: at least 1, for example 1024");
    }
  };
  explicit LinuxAio(const Params& p) : BoundedQueue(p.events), p_(p) {}

  void complete(Slot s) override {
    sim()[s].carried_ns += static_cast<std::uint32_t>(p_.reap_cost.count());
    make_room(s);
    sim().up(s);
  }

 private:
  void hand_over(Slot s) override {
    cpu_ += p_.submit_cost;
    sim().spend(s, p_.submit_cost);
    sim().down(s, below());
  }
  Params p_;
};

const Registered<LinuxAio> registered{"linux_aio", "Linux AIO: asynchronous only where the layer below is."};

}  // namespace
}  // namespace blkpath
