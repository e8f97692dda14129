#include <algorithm>
#include <stdexcept>

#include "hw/host_bus.hpp"
#include "model/core/registry.hpp"
#include "model/core/sim.hpp"

namespace blkpath {
namespace {

/// A host bus adapter: at most `execution_throttle` commands outstanding per LUN, a firmware processor that
/// takes one command after the other, a host bus that the data crosses, and interrupts on one host CPU.
///
/// A write's data crosses the bus when the firmware is through with the command, a read's when the device has
/// answered; one transfer at a time, in the order in which they are ready, in each direction (PCI Express) or
/// altogether (PCI-X). What has arrived waits for its interrupt, which is raised when `coalesce_count`
/// completions wait or the oldest has waited for `coalesce_delay`, and then handles all of them.
///
/// Leaves out: transfers that share the bus burst by burst, completions that come while an interrupt is
/// pending and would be handled with it, the host's other load on the interrupt's CPU.
class Hba final : public Stage {
 public:
  static constexpr Layer kLayer = Layer::hba;
  struct Params {
    int execution_throttle = 16;
    Time command_cost = 8us;
    Time interrupt_cost = 6us;
    Time completion_cost = 0us;
    int coalesce_count = 1;
    Time coalesce_delay = 0us;
    HostBusType bus_type = HostBusType::pci_x_133;
    int pcie_generation = 1;
    int pcie_lanes = 4;
    Bytes pcie_payload = 256_B;
    ByteRate bus{0};
    static auto fields() {
      return std::tuple{
          field("execution_throttle", &Params::execution_throttle, "commands outstanding per LUN",
                datasheet("QLogic 2300 NVRAM default; 1-256")),
          field("command_cost", &Params::command_cost, "firmware time of one command",
                assumed("QLA2312-class RISC, about 100k commands per second with completion")),
          field("interrupt_cost", &Params::interrupt_cost, "host CPU time of one interrupt",
                assumed("2 GHz core")),
          field("completion_cost", &Params::completion_cost,
                "host CPU time of each completion that an interrupt handles",
                assumed("contained in interrupt_cost where every completion has an interrupt")),
          field("coalesce_count", &Params::coalesce_count, "completions that raise an interrupt together",
                datasheet("QLogic 2300: one interrupt per completion unless a delay timer is set")),
          field("coalesce_delay", &Params::coalesce_delay,
                "how long a completion waits for others before the interrupt is raised", configured()),
          field("bus_type", &Params::bus_type,
                "host bus: PCI and PCI-X are shared by reads and writes, PCI Express is not",
                datasheet("QLogic ISP2312: PCI-X 64 bit, 133 MHz, 1066 MB/s, three quarters of it payload")),
          field("pcie_generation", &Params::pcie_generation, "of PCI Express, 1 to 5", configured()),
          field("pcie_lanes", &Params::pcie_lanes, "of PCI Express", configured()),
          field("pcie_payload", &Params::pcie_payload, "data in one packet of PCI Express",
                assumed("the setting of most servers; the standard allows 128 to 4096")),
          field("bus", &Params::bus, "payload rate of the host bus; 0B/s: what bus_type gives", configured()),
      };
    }
    HostBus host_bus() const { return {bus_type, pcie_generation, pcie_lanes, pcie_payload}; }
    void check() const {
      if (execution_throttle < 1 || execution_throttle > 256)
        throw std::invalid_argument("execution_throttle: 1 to 256, for example 16");
      if (coalesce_count < 1) throw std::invalid_argument("coalesce_count: at least 1, for example 8");
      if (coalesce_count > 1 && coalesce_delay <= Time{0})
        throw std::invalid_argument(
            "coalesce_delay: above 0ns where coalesce_count is above 1, or the last completions would wait "
            "for ever; for example 200us");
      host_bus().check();
    }
  };
  explicit Hba(const Params& p)
      : p_(p),
        dma_(p.bus.per_second > 0 ? p.bus : p.host_bus().payload_rate()),
        full_duplex_(p.host_bus().full_duplex()) {}

  void start() override {
    if (p_.coalesce_count > 1) timer_ = sim().timer(*this);
  }
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
    r.phase = kLanding;
    if (r.op == Op::read) {
      const Time transfer = Bytes{r.length} / dma_;
      FifoServer& bus = full_duplex_ ? to_host_ : to_adapter_;
      sim().hold(s, bus.wait(sim().at(s), transfer), transfer);
    } else if (p_.coalesce_count == 1 || !sim().catch_up(s)) {
      landed(s);
    }
  }
  void on_event(Slot s) override {
    if (s == timer_) return interrupt();
    switch (sim()[s].phase) {
      case kCommand:
        --commands_;
        fetch(s, Time{0}, Time{0});
        break;
      case kDown:
        sim().down(s, below());
        break;
      case kLanding:
        if (sim()[s].op == Op::read) --reads_;
        landed(s);
        break;
      case kUp:
        sim().up(s);
        break;
    }
  }
  double max_iops(const LoadShape& load) const override {
    const double data = load.block_size / static_cast<double>(dma_.per_second);
    const double reads = load.read_fraction;
    const double bus = full_duplex_ ? std::max(reads, 1 - reads) * data : data;
    const double interrupts = seconds(p_.interrupt_cost) / p_.coalesce_count + seconds(p_.completion_cost);
    return 1 / std::max({seconds(p_.command_cost), bus, interrupts});
  }

 private:
  enum Phase : std::uint8_t { kCommand, kDown, kLanding, kUp };
  struct Lun {
    int outstanding = 0;
    SlotQueue queue;
  };
  void issue(Slot s) {
    Request& r = sim()[s];
    const Instant at = sim().at(s);
    const Time wait = firmware_.wait(at, p_.command_cost);
    if (r.op == Op::write && !full_duplex_ && (reads_ > 0 || commands_ > 0)) {
      // A read may want the bus before this write does: who gets it is known at the end of the command.
      ++commands_;
      r.phase = kCommand;
      sim().hold(s, wait, p_.command_cost);
    } else if (r.op == Op::write) {
      fetch(s, wait, p_.command_cost);
    } else {
      reads_ += r.op == Op::read;
      r.phase = kDown;
      sim().hold(s, wait, p_.command_cost);
    }
  }
  /// The data of a write crosses the bus once `wait` and `command` are over.
  void fetch(Slot s, Time wait, Time command) {
    Request& r = sim()[s];
    const Time transfer = Bytes{r.length} / dma_;
    const Time bus = to_adapter_.wait(sim().at(s) + wait + command, transfer);
    r.phase = kDown;
    sim().hold(s, wait + bus, command + transfer);
  }
  void landed(Slot s) {
    if (p_.coalesce_count == 1) {
      const Time work = p_.interrupt_cost + p_.completion_cost;
      cpu_ += work;
      sim()[s].phase = kUp;
      sim().hold(s, cpu_of_interrupts_.wait(sim().at(s), work), work);
      return;
    }
    sim().mark_queued(s);
    waiting_.push(sim(), s);
    if (waiting_.size() == static_cast<std::size_t>(p_.coalesce_count)) {
      sim().cancel(timer_);
      interrupt();
    } else if (waiting_.size() == 1) {
      sim().schedule(timer_, sim().now() + p_.coalesce_delay);
    }
  }
  /// Handles all completions that wait, one after the other.
  void interrupt() {
    const auto n = static_cast<std::int64_t>(waiting_.size());
    const Time work = p_.interrupt_cost + p_.completion_cost * n;
    cpu_ += work;
    Time wait = cpu_of_interrupts_.wait(sim().now(), work);
    Time served = p_.interrupt_cost + p_.completion_cost;
    while (!waiting_.empty()) {
      const Slot s = waiting_.pop(sim());
      sim()[s].phase = kUp;
      sim().hold(s, wait, served);
      wait += served;
      served = p_.completion_cost;
    }
  }

  Params p_;
  ByteRate dma_;
  bool full_duplex_;
  FifoServer firmware_, cpu_of_interrupts_;
  FifoServer to_adapter_, to_host_;  ///< the bus; where it is shared, only the first
  std::vector<Lun> luns_;
  std::int64_t reads_ = 0;     ///< issued, and their data not yet in memory
  std::int64_t commands_ = 0;  ///< writes that will ask for the bus when the firmware is through with them
  SlotQueue waiting_;          ///< completions without an interrupt
  Slot timer_ = kNoSlot;
};

const Registered<Hba> registered{"hba",
                                 "Host bus adapter: throttle per LUN, firmware, host bus, interrupts."};

}  // namespace
}  // namespace blkpath
