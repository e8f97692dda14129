#include "model/core/registry.hpp"
#include "model/core/sim.hpp"

namespace blkpath {
namespace {

/// A host bus adapter: at most `execution_throttle` commands outstanding per LUN, a firmware processor that
/// handles one command at a time, and an interrupt for each completion, handled by one host CPU. A write's
/// data crosses the host bus before the firmware takes the next command, a read's before the next interrupt.
/// Leaves out: reads and writes slowing one another down on the host bus, interrupt coalescing, the host's
/// load on the interrupt's CPU.
class Hba final : public Stage {
 public:
  static constexpr Layer kLayer = Layer::hba;
  struct Params {
    int execution_throttle = 16;
    Time command_cost = 8us;
    Time interrupt_cost = 6us;
    ByteRate bus = 800_MBps;
    static auto fields() {
      return std::tuple{
          field("execution_throttle", &Params::execution_throttle, "commands outstanding per LUN",
                datasheet("QLogic 2300 NVRAM default; 1-256")),
          field("command_cost", &Params::command_cost, "firmware time of one command",
                assumed("QLA2312-class RISC, about 100k commands per second with completion")),
          field("interrupt_cost", &Params::interrupt_cost, "host CPU time of one completion interrupt",
                assumed("2 GHz core")),
          field("bus", &Params::bus, "payload rate of the host bus",
                datasheet("PCI-X 64 bit, 133 MHz: 1066 MB/s, three quarters of it payload")),
      };
    }
    void check() const {
      if (execution_throttle < 1 || execution_throttle > 256)
        throw std::invalid_argument("execution_throttle: 1 to 256, for example 16");
    }
  };
  explicit Hba(const Params& p) : p_(p), dma_(p.bus) {}

  void submit(Slot s) override {
    const Request& r = sim()[s];
    if (r.target >= luns_.size()) luns_.resize(r.target + 1u);
    Lun& lun = luns_[r.target];
    if (lun.outstanding < p_.execution_throttle) {
      ++lun.outstanding;
      issue(s);
    } else {
      sim().mark_queued(s);
      lun.queue.push(sim(), s);
    }
  }
  void complete(Slot s) override {
    Request& r = sim()[s];
    Lun& lun = luns_[r.target];
    --lun.outstanding;
    if (!lun.queue.empty()) {
      ++lun.outstanding;
      issue(lun.queue.pop(sim()));
    }
    cpu_ += p_.interrupt_cost;
    const Time work = p_.interrupt_cost + (r.op == Op::read ? Bytes{r.length} / dma_ : Time{0});
    r.phase = kUp;
    sim().hold(s, interrupts_.wait(sim().at(s), work), work);
  }
  void on_event(Slot s) override {
    if (sim()[s].phase == kDown)
      sim().down(s, below());
    else
      sim().up(s);
  }
  double max_iops(const LoadShape& load) const override {
    const double data = load.block_size / static_cast<double>(p_.bus.per_second);
    return 1 / std::max(seconds(p_.command_cost) + (1 - load.read_fraction) * data,
                        seconds(p_.interrupt_cost) + load.read_fraction * data);
  }

 private:
  enum Phase : std::uint8_t { kDown, kUp };
  struct Lun {
    int outstanding = 0;
    SlotQueue queue;
  };
  void issue(Slot s) {
    Request& r = sim()[s];
    const Time work = p_.command_cost + (r.op == Op::write ? Bytes{r.length} / dma_ : Time{0});
    r.phase = kDown;
    sim().hold(s, firmware_.wait(sim().at(s), work), work);
  }

  Params p_;
  ByteRate dma_;
  FifoServer firmware_, interrupts_;
  std::vector<Lun> luns_;
};

const Registered<Hba> registered{"hba",
                                 "Host bus adapter: throttle per LUN, firmware, host bus, interrupts."};

}  // namespace
}  // namespace blkpath
