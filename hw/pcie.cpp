#include <algorithm>
#include <stdexcept>

#include "hw/fan_out.hpp"
#include "hw/framing.hpp"
#include "hw/pcie_rate.hpp"
#include "model/core/registry.hpp"
#include "model/core/sim.hpp"

namespace blkpath {
namespace {

/// A PCI Express link that several NVMe drives share: the uplink of a switch, or of a bifurcated slot. Both
/// directions run at once. A switch forwards a packet while it is still coming in, so a transfer that finds
/// the link idle is late by `latency` only; one that finds it busy waits its turn.
///
/// Of a command the link carries, to the drive: two doorbells, the command and the data of a write, in
/// completions of the drive's reads; to the host: the requests for them, the data of a read, the completion
/// entry and the interrupt's message.
///
/// Leaves out: flow-control credits, acknowledgements and other DLLPs, PRP lists, that a drive fetches a
/// write's data later than the command, and that a link slower than the drive's own delays a lone transfer.
class Pcie final : public Stage {
 public:
  static constexpr Layer kLayer = Layer::hba;
  struct Params {
    int generation = 3;
    int lanes = 4;
    Bytes max_payload = 256_B;
    Bytes max_read_request = 512_B;
    Time latency = 100ns;
    static auto fields() {
      return std::tuple{
          field("generation", &Params::generation, "of PCI Express, 1 to 5", configured()),
          field("lanes", &Params::lanes, "of the shared link", configured()),
          field("max_payload", &Params::max_payload, "data in a packet",
                assumed("the setting of most servers; the standard allows 128 to 4096")),
          field("max_read_request", &Params::max_read_request, "what a drive asks for at once",
                datasheet("PCI Express Base 3.0, Device Control: 512 bytes unless set otherwise")),
          field("latency", &Params::latency, "of the switch, each way",
                datasheet("PLX PEX 8747: cut-through, at most 100 ns port to port")),
      };
    }
    void check() const {
      if (generation < 1 || generation > 5) throw std::invalid_argument("generation: 1 to 5, for example 3");
      if (lanes < 1 || lanes > 16) throw std::invalid_argument("lanes: 1 to 16, for example 4");
      for (const auto& [name, bytes] :
           {std::pair{"max_payload", max_payload}, {"max_read_request", max_read_request}})
        if (bytes.n < 128 || bytes.n > 4096)
          throw std::invalid_argument(std::string(name) + ": 128B to 4KiB, for example 256B");
    }
  };
  explicit Pcie(const Params& p) : p_(p), rate_(pcie_rate(p.generation, p.lanes)) {}

  void submit(Slot s) override {
    Request& r = sim()[s];
    r.phase = kDown;
    const Time work = to_drive(r.op == Op::write ? Bytes{r.length} : 0_B) / rate_;
    pass(s, to_drive_.wait(sim().at(s), work), work);
  }
  void complete(Slot s) override {
    Request& r = sim()[s];
    r.phase = kUp;
    const Time work =
        to_host(r.op == Op::read ? Bytes{r.length} : 0_B, r.op == Op::write ? r.length : 0) / rate_;
    // What comes up now is the tail of the transfer; its head came earlier.
    pass(s, to_host_.wait(sim().at(s) - work, work), work);
  }
  void on_event(Slot s) override { pass_on(sim(), *this, s, sim()[s].phase == kDown); }
  Luns luns(std::span<const Luns> below) const override { return fanned_out(*this, below); }
  double max_iops(const LoadShape& load) const override {
    const Bytes length{static_cast<std::int64_t>(load.block_size)};
    const double reads = load.read_fraction, writes = 1 - reads;
    const auto mean = [&](Bytes of_read, Bytes of_write) {
      return (reads * static_cast<double>(of_read.n) + writes * static_cast<double>(of_write.n)) /
             static_cast<double>(rate_.per_second);
    };
    return 1 /
           std::max(mean(to_drive(0_B), to_drive(length)), mean(to_host(length, 0), to_host(0_B, length.n)));
  }

 private:
  enum Phase : std::uint8_t { kDown, kUp };
  /// Framing or STP token with sequence number, and LCRC: 8 bytes; a header of four dwords for a request with
  /// a 64-bit address, of three for a completion.
  static constexpr Bytes kRequest = 24_B, kCompletion = 20_B;

  Bytes to_drive(Bytes written) const {
    const Bytes doorbells = (4_B + kRequest) * 2, command = 64_B + kCompletion;
    return doorbells + command + Framing{p_.max_payload, kCompletion}.on_wire(written);
  }
  Bytes to_host(Bytes read, std::int64_t written) const {
    const std::int64_t asked = Framing{p_.max_read_request, 0_B}.frames(Bytes{written});
    const Bytes entry = 16_B + kRequest, interrupt = 4_B + kRequest;
    return kRequest * (1 + asked) + Framing{p_.max_payload, kRequest}.on_wire(read) + entry + interrupt;
  }
  void pass(Slot s, Time wait, Time work) {
    busy_ += work - p_.latency;  // hold() counts what the request sees
    sim().hold(s, wait, p_.latency);
  }

  Params p_;
  ByteRate rate_;
  FifoServer to_drive_, to_host_;
};

const Registered<Pcie> registered{"pcie", "PCI Express link shared by several NVMe drives."};

}  // namespace
}  // namespace blkpath
