#include "model/bus_queue.hpp"
#include "model/core/registry.hpp"

namespace blkpath {
namespace {

/// Emulated IDE with bus-master DMA: one request at a time, and every register access is a VM exit.
/// Leaves out: splitting of requests above 128 KiB (LBA28), PIO transfers, the second drive of a channel.
class Ide final : public BusQueue {
 public:
  static constexpr Layer kLayer = Layer::bus;
  struct Params {
    int register_exits = 11;
    Time exit_cost = 3us;
    Time interrupt_cost = 9us;
    static auto fields() {
      return std::tuple{
          field("register_exits", &Params::register_exits,
                "exits to program one DMA command: task file (8), PRD table, command, start",
                datasheet("ATA/ATAPI-6 task file and SFF-8038i bus master registers")),
          field("exit_cost", &Params::exit_cost, "vCPU time of one exit to user space",
                assumed("about 6,000 cycles at 2 GHz, as virtio_blk.kick_cost")),
          field("interrupt_cost", &Params::interrupt_cost,
                "injection, and two exits that read and clear the status", assumed("three exits")),
      };
    }
    void check() const {
      if (register_exits < 0) throw std::invalid_argument("register_exits: not below 0");
    }
  };
  explicit Ide(const Params& p) : BusQueue(1, p.exit_cost * p.register_exits, p.interrupt_cost) {}

 private:
  int units(const Request&) const override { return 1; }
};

const Registered<Ide> registered{"ide", "Emulated IDE disk: one request at a time, an exit per register."};

}  // namespace
}  // namespace blkpath
