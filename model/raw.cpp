#include "model/core/registry.hpp"
#include "model/core/sim.hpp"

namespace blkpath {
namespace {

/// The raw image format: offsets pass unchanged. With O_DIRECT a buffer that is not aligned cannot be handed
/// to the kernel: the image bounces it through an aligned one and does that I/O synchronously, in the caller.
/// With `synchronous` it does so for every I/O.
/// Leaves out: the cost of the bounce copy (in emulator.request_cost), growing files.
class Raw final : public Stage {
 public:
  static constexpr Layer kLayer = Layer::image;
  struct Params {
    bool direct = false;
    bool aligned = true;
    bool synchronous = false;
    bool write_through = false;
    bool flush = true;
    static auto fields() {
      return std::tuple{
          field("direct", &Params::direct, "opened O_DIRECT; set by cache=", configured()),
          field("aligned", &Params::aligned, "the bus model hands over buffers aligned to 512 bytes",
                configured()),
          field("synchronous", &Params::synchronous,
                "the emulator waits for each I/O in the caller, as before AIO", configured()),
          field("write_through", &Params::write_through,
                "each write is durable before it completes; set by cache=", configured()),
          field("flush", &Params::flush, "flushes reach the host; set by cache=", configured()),
      };
    }
  };
  explicit Raw(const Params& p) : p_(p), waits_(p.synchronous || (p.direct && !p.aligned)) {}

  void submit(Slot s) override {
    Request& r = sim()[s];
    if (r.op == Op::flush && !p_.flush) {
      if (sim().catch_up(s)) return;
      sim().submitted(s);
      sim().up(s);
      return;
    }
    // From here on it is the emulator's file that counts, not how the guest opened its own.
    r.flags = static_cast<std::uint8_t>((r.flags & ~(Request::kDirect | Request::kFua)) |
                                        (p_.direct ? Request::kDirect : 0) |
                                        (p_.write_through && r.op == Op::write ? Request::kFua : 0));
    if (waits_)
      sim().down(s, below());
    else
      sim().hand_on(s, below());
  }
  void submitted(Slot s, int level) override {
    if (!waits_) sim().pass_submitted(s, level);  // else the caller returns with the completion
  }
  void on_event(Slot s) override { submit(s); }

 private:
  Params p_;
  bool waits_;
};

const Registered<Raw> registered{"raw",
                                 "Raw image; bounces unaligned buffers under O_DIRECT, synchronously."};

}  // namespace
}  // namespace blkpath
