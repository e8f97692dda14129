#include "model/core/registry.hpp"
#include "model/core/sim.hpp"

namespace blkpath {
namespace {

/// Device mapper's linear target: one member, offsets moved by `start`.
class DmLinear final : public Stage {
 public:
  static constexpr Layer kLayer = Layer::volume;
  struct Params {
    Bytes start{0};
    int member = 0;
    static auto fields() {
      return std::tuple{field("start", &Params::start, "where the volume begins on its member", configured()),
                        field("member", &Params::member, "the member device it lies on", configured())};
    }
    void check() const {
      if (member < 0) throw std::invalid_argument("member: not below 0");
    }
  };
  explicit DmLinear(const Params& p) : p_(p) {}
  void submit(Slot s) override {
    sim()[s].offset += p_.start.n;
    sim()[s].target = static_cast<std::uint16_t>(p_.member);
    sim().down(s, below());
  }
  void complete(Slot s) override {
    sim()[s].offset -= p_.start.n;
    sim().up(s);
  }
  void on_event(Slot) override {}
  Luns luns(std::span<const Luns> below) const override {
    below[0].require(p_.member + std::int64_t{1}, "member", "0");
    return {1, below[0].behind(p_.start, "start"), this};
  }

 private:
  Params p_;
};

const Registered<DmLinear> registered{"dm_linear", "Device mapper linear: one member, moved offsets."};

}  // namespace
}  // namespace blkpath
