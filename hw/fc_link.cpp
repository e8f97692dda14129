#include <algorithm>
#include <stdexcept>

#include "model/core/registry.hpp"
#include "model/core/sim.hpp"

namespace blkpath {
namespace {
enum class Topology : std::uint8_t { loop, point_to_point };
}
template <>
struct EnumNames<Topology> {
  static constexpr std::array<std::pair<std::string_view, Topology>, 2> names{
      {{"loop", Topology::loop}, {"point_to_point", Topology::point_to_point}}};
};

namespace {

/// A Fibre Channel link carrying FCP: command, transfer-ready, data in frames, response. On a loop each of
/// these sequences needs its own tenancy: arbitration and open travel round the ring of `ports`, and one
/// tenancy holds the whole loop. Point to point, both directions run at once and nothing is arbitrated.
/// Leaves out: buffer-credit stalls, interleaving of frames of several exchanges in one tenancy, switches.
class FcLink final : public Stage {
 public:
  static constexpr Layer kLayer = Layer::fabric;
  struct Params {
    ByteRate rate{212'500'000};
    Topology topology = Topology::loop;
    int ports = 15;
    Bytes frame_payload = 2048_B;
    Bytes frame_overhead = 60_B;
    Bytes burst{0};
    Time port_delay = 113ns;
    Time turnaround = 1us;
    static auto fields() {
      return std::tuple{
          field("rate", &Params::rate, "byte rate after line coding",
                datasheet("FC-PI 2 Gb: 2.125 GBd, 8b/10b")),
          field("topology", &Params::topology, "loop (FC-AL) or point to point", configured()),
          field("ports", &Params::ports, "ports on the loop, the HBA's included", configured()),
          field("frame_payload", &Params::frame_payload, "data in a full frame",
                datasheet("FC-FS: 2112 at most; FCP uses 2048")),
          field("frame_overhead", &Params::frame_overhead, "header, CRC, delimiters and idles of a frame",
                datasheet("FC-FS: 24 + 4 + 8 bytes, and six idle words")),
          field("burst", &Params::burst,
                "write data that a target asks for with one transfer-ready; 0B: all at once",
                assumed("SPC's disconnect-reconnect page: a maximum burst size of 0 is no limit")),
          field("port_delay", &Params::port_delay, "through one port of the loop",
                datasheet("FC-AL-2: at most six transmission words")),
          field("turnaround", &Params::turnaround,
                "of a tenancy: from winning the loop to the first frame, and from the last one to the close",
                assumed("a few hundred words of port firmware")),
      };
    }
    void check() const {
      if (burst.n < 0) throw std::invalid_argument("burst: not below 0B, for example 64KiB");
      if (ports < 2) throw std::invalid_argument("ports: at least 2, for example 15");
      if (frame_payload.n < 1) throw std::invalid_argument("frame_payload: at least 1B, for example 2048B");
    }
  };
  explicit FcLink(const Params& p) : p_(p) {
    // ARB comes back when the loop is won, OPN reaches its target, and R_RDY comes back: about two rounds.
    if (p.topology == Topology::loop) tenancy_ = p.port_delay * (2 * p.ports) + p.turnaround;
    frame_ = (p.frame_payload + p.frame_overhead) / p.rate;
    short_frame_ =
        (Bytes{32} + p.frame_overhead) / p.rate;  // FCP_CMND, FCP_XFER_RDY and FCP_RSP: about 32 bytes
  }

  void submit(Slot s) override {
    Request& r = sim()[s];
    r.phase = kDown;
    Time work = tenancy_ + short_frame_;
    if (r.op == Op::write) work += bursts(r.length) * (2 * tenancy_ + short_frame_) + data(r.length);
    sim().hold(s, out_.wait(sim().at(s), work), work);
  }
  void complete(Slot s) override {
    Request& r = sim()[s];
    r.phase = kUp;
    Time work = tenancy_ + short_frame_;
    if (r.op == Op::read) work += tenancy_ + data(r.length);
    FifoServer& link = p_.topology == Topology::loop ? out_ : in_;
    sim().hold(s, link.wait(sim().at(s), work), work);
  }
  void on_event(Slot s) override {
    if (sim()[s].phase == kDown)
      sim().down(s, below(lun(sim()[s].target)));
    else
      sim().up(s);
  }
  Luns luns(std::span<const Luns> below) const override {
    if (below.size() == 1) return below[0];
    Luns all{static_cast<std::int64_t>(below.size()), Luns::kUnlimited, this};
    for (const Luns& one : below) {
      if (one.count != 1)
        throw std::invalid_argument("with several stages below, each is one LUN, but '" +
                                    one.offerer->name() + "' offers " + std::to_string(one.count) +
                                    "; give it a link of its own, for example 'to: " + one.offerer->name() +
                                    "'");
      all.each = std::min(all.each, one.each);
    }
    return all;
  }
  double max_iops(const LoadShape& load) const override {
    const auto length = static_cast<std::uint32_t>(load.block_size);
    const double writes = 1 - load.read_fraction, bytes = seconds(data(length)),
                 frame = seconds(short_frame_);
    const double asked = writes * static_cast<double>(bursts(length));
    const double out = frame + asked * frame + writes * bytes, in = frame + load.read_fraction * bytes;
    if (p_.topology == Topology::point_to_point) return 1 / std::max(out, in);
    return 1 / (out + in + (2 + load.read_fraction + 2 * asked) * seconds(tenancy_));
  }

 private:
  enum Phase : std::uint8_t { kDown, kUp };
  /// Each burst of write data is asked for and sent in tenancies of its own.
  std::int64_t bursts(std::uint32_t length) const {
    return p_.burst.n == 0 ? length > 0 : (length + p_.burst.n - 1) / p_.burst.n;
  }
  /// With several stages below, each is a LUN.
  std::size_t lun(std::uint16_t target) const {
    if (next().size() == 1) return 0;
    if (target >= next().size())
      throw std::runtime_error(name() + ": a request for LUN " + std::to_string(target) + " of " +
                               std::to_string(next().size()));
    return target;
  }
  Time data(std::uint32_t length) const {
    const std::int64_t full = length / p_.frame_payload.n, rest = length % p_.frame_payload.n;
    return frame_ * full + (rest ? (Bytes{rest} + p_.frame_overhead) / p_.rate : Time{0});
  }
  Params p_;
  Time tenancy_{0}, frame_, short_frame_;
  FifoServer out_, in_;
};

const Registered<FcLink> registered{"fc_link", "Fibre Channel link or arbitrated loop carrying FCP."};

}  // namespace
}  // namespace blkpath
