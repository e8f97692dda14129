#include "model/bus_queue.hpp"
#include "model/core/registry.hpp"

namespace blkpath {
namespace {

/// virtio-blk: a ring of descriptors, a kick (VM exit) for each submission, an interrupt for each completion.
/// Leaves out: suppression of kicks and interrupts while the other side is busy, several queues.
class VirtioBlk final : public BusQueue {
 public:
  static constexpr Layer kLayer = Layer::bus;
  struct Params {
    int queue_size = 256;
    bool indirect = true;
    Bytes segment = 4_KiB;
    Time kick_cost = 3us;
    Time interrupt_cost = 3us;
    static auto fields() {
      return std::tuple{
          field("queue_size", &Params::queue_size, "descriptors in the ring", configured()),
          field("indirect", &Params::indirect, "a request takes one descriptor, whatever its segments",
                configured()),
          field("segment", &Params::segment,
                "bytes that are contiguous in the guest's memory, without indirect", assumed("a page")),
          field("kick_cost", &Params::kick_cost, "vCPU time of the VM exit and re-entry of one kick",
                assumed("about 6,000 cycles at 2 GHz with user-space exit, AMD SVM of 2008")),
          field("interrupt_cost", &Params::interrupt_cost,
                "from the emulator's injection to the guest's handler", assumed("one more exit")),
      };
    }
    void check() const {
      if (queue_size < 1) throw std::invalid_argument("queue_size: at least 1, for example 256");
      if (segment.n < 1) throw std::invalid_argument("segment: at least 1B, for example 4KiB");
    }
  };
  explicit VirtioBlk(const Params& p) : BusQueue(p.queue_size, p.kick_cost, p.interrupt_cost), p_(p) {}

 private:
  int units(const Request& r) const override {
    if (p_.indirect) return 1;
    return 2 + static_cast<int>((r.length + p_.segment.n - 1) / p_.segment.n);  // header, data, status
  }
  Params p_;
};

const Registered<VirtioBlk> registered{"virtio_blk", "virtio-blk: ring, kick, interrupt."};

}  // namespace
}  // namespace blkpath
