#include <algorithm>
#include <cmath>

#include "model/core/registry.hpp"
#include "model/core/sim.hpp"

namespace blkpath {
namespace {

/// Device mapper's striped target: chunks dealt to the members in turn. A request that crosses a chunk is
/// split, a flush goes to every member; the submitting call returns when that of its last part has.
class DmStriped final : public Stage {
 public:
  static constexpr Layer kLayer = Layer::volume;
  struct Params {
    int members = 1;
    Bytes chunk = 64_KiB;
    Bytes start{0};
    static auto fields() {
      return std::tuple{
          field("members", &Params::members, "devices", configured()),
          field("chunk", &Params::chunk, "bytes on one device before the next one's turn", configured()),
          field("start", &Params::start, "where the volume begins on each member", configured())};
    }
    void check() const {
      if (members < 1) throw std::invalid_argument("members: at least 1, for example 14");
      if (chunk.n < 512 || chunk.n % 512)
        throw std::invalid_argument("chunk: a multiple of 512B, for example 64KiB");
    }
  };
  explicit DmStriped(const Params& p) : p_(p) {}

  void submit(Slot s) override {
    const Request& r = sim()[s];
    if (r.op != Op::flush && r.offset % p_.chunk.n + r.length <= p_.chunk.n) {
      if (unmapped_.size() < sim().slots()) unmapped_.resize(sim().slots());
      unmapped_[s] = {r.offset, r.target};
      map(s);
      sim().down(s, below());
      return;
    }
    std::int64_t at = r.offset;
    const std::int64_t end = at + r.length;
    const Op op = r.op;
    if (op == Op::flush)
      for (int member = 0; member < p_.members; ++member) {
        parts_.push_back(sim().split(s, *this, op, 0, 0));
        sim()[parts_.back()].target = static_cast<std::uint16_t>(member);
      }
    while (at < end) {  // all parts first, so that none completes while it looks like the last
      const std::int64_t part = std::min(end - at, p_.chunk.n - at % p_.chunk.n);
      const Slot child = sim().split(s, *this, op, at, static_cast<std::uint32_t>(part));
      map(child);
      parts_.push_back(child);
      at += part;
    }
    if (unreturned_.size() < sim().slots()) unreturned_.resize(sim().slots());
    unreturned_[s] = sim()[s].children;
    // A part may come back at once and another request may be split below this one; take ours off the stack.
    const std::size_t first = parts_.size() - sim()[s].children;
    const std::size_t last = parts_.size();
    for (std::size_t i = first; i < last; ++i) sim().down(parts_[i], below());
    parts_.resize(first);
  }
  void submitted(Slot s, int level) override {
    const Slot parent = sim()[s].parent;
    if (parent == kNoSlot || level > 0)
      sim().pass_submitted(s, level);
    else if (--unreturned_[parent] == 0)
      sim().submitted(parent);
  }
  void complete(Slot s) override {
    if (sim()[s].depth > 1) {
      sim()[s].offset = unmapped_[s].offset;
      sim()[s].target = unmapped_[s].target;
      sim().up(s);
    } else if (const Slot parent = sim().join(s); parent != kNoSlot) {
      sim().up(parent);
    }
  }
  void on_event(Slot) override {}
  Luns luns(std::span<const Luns> below) const override {
    below[0].require(p_.members, "members", std::to_string(below[0].count));
    return {1, striped_size(below[0].behind(p_.start, "start"), p_.chunk, p_.members), this};
  }
  /// A request goes to as many members as it has chunks; what meets again on a member is merged below.
  LoadShape passed_down(const LoadShape& load) const override {
    const double chunks = std::ceil(load.block_size / static_cast<double>(p_.chunk.n));
    const double parts = std::min(chunks, static_cast<double>(p_.members));
    LoadShape below = load;
    below.block_size /= parts;
    below.per_io *= parts;
    return below;
  }

 private:
  void map(Slot s) {
    Request& r = sim()[s];
    const std::int64_t chunk = r.offset / p_.chunk.n;
    r.target = static_cast<std::uint16_t>(chunk % p_.members);
    r.offset = p_.start.n + chunk / p_.members * p_.chunk.n + r.offset % p_.chunk.n;
  }
  /// What the stages above know the request by.
  struct Unmapped {
    std::int64_t offset;
    std::uint16_t target;
  };
  Params p_;
  std::vector<Unmapped> unmapped_;  ///< by slot
  std::vector<Slot> parts_;
  std::vector<std::uint32_t> unreturned_;  ///< by slot: parts whose submission has not returned
};

const Registered<DmStriped> registered{"dm_striped",
                                       "Device mapper striped: chunks dealt to members in turn."};

}  // namespace
}  // namespace blkpath
