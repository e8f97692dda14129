#include "model/call_stage.hpp"
#include "model/core/registry.hpp"

namespace blkpath {
namespace {
enum class KickIn : std::uint8_t { exit, main_loop };
}
template <>
struct EnumNames<KickIn> {
  static constexpr std::array<std::pair<std::string_view, KickIn>, 2> names{
      {{"exit", KickIn::exit}, {"main_loop", KickIn::main_loop}}};
};

namespace {

/// The emulator's user-space part with its one big lock. Two threads want the lock: the vCPU that is in an
/// exit, and the main loop that handles completions. With `kick: exit` the vCPU itself takes the request
/// from the ring down to the AIO driver before it goes back to the guest. With `kick: main_loop` it only
/// leaves a note, and the main loop takes requests down one after the other; a driver or image that does its
/// I/O synchronously then does it with the lock held, and the vCPU's next exit waits for it.
/// When the lock is released a waiting vCPU gets it before the main loop's next piece of work.
/// Leaves out: iothreads without the big lock, adaptive polling, several vCPUs exiting at once beyond FIFO.
class Emulator final : public CallStage {
 public:
  static constexpr Layer kLayer = Layer::emulator;
  struct Params {
    KickIn kick = KickIn::exit;
    Time request_cost = 10us;
    Time kick_cost = 3us;
    Time complete_cost = 8us;
    Time wake = 5us;
    static auto fields() {
      return std::tuple{
          field("kick", &Params::kick,
                "who takes a kicked request down: the vCPU in its exit or the main loop", configured()),
          field("request_cost", &Params::request_cost,
                "lock held to pop a request, map and copy its buffers and call the driver",
                assumed("2 GHz core")),
          field("kick_cost", &Params::kick_cost,
                "lock held to leave a note for the main loop (kick: main_loop)", assumed("2 GHz core")),
          field("complete_cost", &Params::complete_cost,
                "lock held to complete a request: ring update, interrupt injection", assumed("2 GHz core")),
          field("wake", &Params::wake, "from a completion to the main loop being awake",
                assumed("one context switch of the time")),
      };
    }
  };
  explicit Emulator(const Params& p) : CallStage(1), p_(p) {}

  void submit(Slot s) override {
    sim()[s].phase = p_.kick == KickIn::exit ? std::uint8_t{kCall} : std::uint8_t{kKick};
    enter(calls_, s);
  }
  void submitted(Slot s, int level) override {
    leave(s);
    release();
    if (p_.kick == KickIn::exit) sim().pass_submitted(s, level);
  }
  void complete(Slot s) override {
    if (inside(s)) return CallStage::complete(s);  // synchronous below: the callback runs at once
    sim()[s].phase = kWake;
    sim().hold(s, Time{0}, p_.wake);
  }
  void on_event(Slot s) override {
    Request& r = sim()[s];
    switch (r.phase) {
      case kKick:  // the note is left; from here on it is the main loop's
        release();
        sim().submitted(s);
        r.phase = kCall;
        enter(returns_, s);
        break;
      case kWake:
        r.phase = kReturn;
        enter(returns_, s);
        break;
      default:
        if (leave(s) && p_.kick == KickIn::exit) sim().submitted(s);
        release();
        sim().up(s);
    }
  }

 private:
  enum : std::uint8_t { kKick = kFirstFree, kWake };
  Time cost(const Request& r) const override {
    if (r.phase == kKick) return p_.kick_cost;
    return r.phase == kCall ? p_.request_cost : p_.complete_cost + Time{r.carried_ns};
  }
  bool returns_first() const override { return false; }

  Params p_;
};

const Registered<Emulator> registered{"emulator", "The emulator's main loop and its big lock."};

}  // namespace
}  // namespace blkpath
