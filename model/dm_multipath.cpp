#include <algorithm>

#include "model/core/registry.hpp"
#include "model/core/sim.hpp"

namespace blkpath {
namespace {

/// Device mapper's multipath target: the stages listed below it are paths to the same LUNs, used in turn.
/// Leaves out: failover, path groups, priorities.
class DmMultipath final : public Stage {
 public:
  static constexpr Layer kLayer = Layer::volume;
  struct Params {
    int repeat = 1;
    static auto fields() {
      return std::tuple{field("repeat", &Params::repeat,
                              "requests on one path before the next one's turn (rr_min_io)", configured())};
    }
    void check() const {
      if (repeat < 1) throw std::invalid_argument("repeat: at least 1");
    }
  };
  explicit DmMultipath(const Params& p) : p_(p) {}
  void submit(Slot s) override {
    if (used_++ == p_.repeat) {
      used_ = 1;
      if (++path_ == next().size()) path_ = 0;
    }
    sim().down(s, below(path_));
  }
  void on_event(Slot) override {}
  Luns luns(std::span<const Luns> below) const override {  // what all paths lead to
    Luns all = below[0];
    for (const Luns& path : below) {
      if (path.count < all.count) all = {path.count, all.each, path.offerer};
      all.each = std::min(all.each, path.each);
    }
    return all;
  }

 private:
  Params p_;
  std::size_t path_ = 0;
  int used_ = 0;
};

const Registered<DmMultipath> registered{"dm_multipath", "Device mapper multipath: paths used in turn."};

}  // namespace
}  // namespace blkpath
