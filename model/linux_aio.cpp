#include "model/core/registry.hpp"
#include "model/core/sim.hpp"

namespace blkpath {
namespace {

/// io_submit and io_getevents. The call returns when the layer below returns: at once from a block queue with
/// room, after the whole I/O from the page cache; so linux-aio without O_DIRECT blocks, and nothing here has
/// to say so. More than `events` in flight wait in user space: their caller returns at once, and the
/// completion that makes room submits them.
class LinuxAio final : public Stage {
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
  explicit LinuxAio(const Params& p) : p_(p) {}

  void submit(Slot s) override {
    if (in_flight_ < p_.events) {
      start(s);
    } else {
      if (deferred_.size() <= s) deferred_.resize(sim().slots());
      deferred_[s] = true;
      sim().mark_queued(s);
      waiting_.push(sim(), s);
      sim().submitted(s);
    }
  }
  void submitted(Slot s, int level) override {
    if (s >= deferred_.size() || !deferred_[s]) sim().pass_submitted(s, level);
  }
  void on_event(Slot) override {}
  void complete(Slot s) override {
    --in_flight_;
    if (s < deferred_.size()) deferred_[s] = false;
    sim()[s].carried_ns += static_cast<std::uint32_t>(p_.reap_cost.count());
    if (!waiting_.empty()) start(waiting_.pop(sim()));
    sim().up(s);
  }

 private:
  void start(Slot s) {
    ++in_flight_;
    cpu_ += p_.submit_cost;
    sim().spend(s, p_.submit_cost);
    sim().down(s, below());
  }
  Params p_;
  int in_flight_ = 0;
  SlotQueue waiting_;
  std::vector<bool> deferred_;  ///< by slot: its caller has returned before it was submitted
};

const Registered<LinuxAio> registered{"linux_aio", "Linux AIO: asynchronous only where the layer below is."};

}  // namespace
}  // namespace blkpath
