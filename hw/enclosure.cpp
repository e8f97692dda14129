#include <algorithm>
#include <cmath>

#include "model/core/registry.hpp"
#include "model/core/sim.hpp"

namespace blkpath {
namespace {
enum class RaidLevel : std::uint8_t { jbod, raid0, raid10, raid5 };
}
template <>
struct EnumNames<RaidLevel> {
  static constexpr std::array<std::pair<std::string_view, RaidLevel>, 4> names{{{"jbod", RaidLevel::jbod},
                                                                                {"raid0", RaidLevel::raid0},
                                                                                {"raid10", RaidLevel::raid10},
                                                                                {"raid5", RaidLevel::raid5}}};
};

namespace {

/// A shelf of disks. As JBOD each disk is a LUN of its own (the request's target). As RAID the shelf is one
/// LUN: chunks are dealt to the disks in turn; RAID 10 writes both disks of a pair and reads each pair's in
/// turn; RAID 5 rotates parity (left-symmetric), writes a full stripe without reading, and anything less as
/// read-modify-write: old data and old parity are read, then both are written.
/// Leaves out: controller cache, degraded mode and rebuild, reconstruct-writes, stripe locks.
class Enclosure final : public Stage {
 public:
  static constexpr Layer kLayer = Layer::array;
  struct Params {
    RaidLevel level = RaidLevel::jbod;
    Bytes chunk = 64_KiB;
    Time command_cost = 20us;
    static auto fields() {
      return std::tuple{
          field("level", &Params::level, "how the disks are presented", configured()),
          field("chunk", &Params::chunk, "bytes on one disk before the next one's turn (RAID)", configured()),
          field("command_cost", &Params::command_cost, "controller time of one host command (RAID)",
                assumed("a controller of 50k commands per second"))};
    }
    void check() const {
      if (chunk.n < 512 || chunk.n % 512)
        throw std::invalid_argument("chunk: a multiple of 512B, for example 64KiB");
    }
  };
  explicit Enclosure(const Params& p) : p_(p) {}

  void start() override {
    data_disks_ = data_disks();
    mirror_.resize(static_cast<std::size_t>(data_disks_));
  }
  void submit(Slot s) override {
    if (p_.level == RaidLevel::jbod) {
      std::size_t target = sim()[s].target;
      if (target >= next().size()) {
        if (next().size() > 1)
          throw std::runtime_error(name() + ": a request for LUN " + std::to_string(target) + " of " +
                                   std::to_string(next().size()));
        target = 0;  // a lone disk is whichever LUN the stages above call it
      }
      sim().hand_on(s, below(target));
      return;
    }
    cpu_ += p_.command_cost;
    sim().hold(s, controller_.wait(sim().at(s), p_.command_cost), p_.command_cost);
  }
  void on_event(Slot s) override {
    Request& r = sim()[s];
    r.phase = r.op == Op::write && p_.level == RaidLevel::raid5 ? kReadOld : kFinal;
    if (r.phase == kReadOld && issue(s)) return;
    sim()[s].phase = kFinal;
    if (!issue(s)) sim().up(s);
  }
  void complete(Slot s) override {
    if (sim()[s].depth > 1) {  // JBOD
      sim().up(s);
      return;
    }
    const Slot parent = sim().join(s);
    if (parent == kNoSlot) return;
    if (sim()[parent].phase == kReadOld) {
      sim()[parent].phase = kFinal;
      if (issue(parent)) return;
    }
    sim().up(parent);
  }
  /// As JBOD a LUN for each disk, as RAID one over all.
  Luns luns(std::span<const Luns> below) const override {
    Bytes smallest = Luns::kUnlimited;
    for (const Luns& disk : below) smallest = std::min(smallest, disk.each);
    if (p_.level == RaidLevel::jbod) return {static_cast<std::int64_t>(below.size()), smallest, this};
    return {1, striped_size(smallest, p_.chunk, data_disks()), this};
  }
  double max_iops(const LoadShape&) const override {
    return p_.level == RaidLevel::jbod ? std::numeric_limits<double>::infinity()
                                       : 1 / seconds(p_.command_cost);
  }
  /// What a host I/O costs the disks: a write to RAID 10 one on each disk of the pair, one to RAID 5 old data
  /// and old parity read and both written, unless it fills the stripe.
  LoadShape passed_down(const LoadShape& load) const override {
    if (p_.level == RaidLevel::jbod) return load;
    const double chunk = static_cast<double>(p_.chunk.n), data = static_cast<double>(data_disks());
    const double parts = std::clamp(std::ceil(load.block_size / chunk), 1.0, data);
    double reads = 0, writes = parts;  // of a write
    if (p_.level == RaidLevel::raid10) {
      writes = 2 * parts;
    } else if (p_.level == RaidLevel::raid5) {
      writes = parts + 1;
      if (load.block_size < chunk * data) reads = parts + 1;
    }
    const double all_reads = load.read_fraction * parts + (1 - load.read_fraction) * reads;
    const double all = all_reads + (1 - load.read_fraction) * writes;
    LoadShape below = load;
    below.read_fraction = all_reads / all;
    below.block_size /= parts;
    below.per_io *= all;
    return below;
  }

 private:
  enum Phase : std::uint8_t { kReadOld, kFinal };
  struct Part {
    std::size_t disk;
    Op op;
    std::int64_t offset;
    std::int64_t length;
  };

  /// Disks' worth of data. @throws ParameterError when the level cannot have so many disks
  std::int64_t data_disks() const {
    const auto disks = static_cast<std::int64_t>(next().size());
    const std::int64_t least = p_.level == RaidLevel::raid5 ? 3 : p_.level == RaidLevel::raid10 ? 2 : 1;
    if (disks < least || (p_.level == RaidLevel::raid10 && disks % 2))
      throw ParameterError("level",
                           std::string(enum_name(p_.level)) + " cannot be built from " +
                               std::to_string(disks) + " disks; give the disk stage a count of at least " +
                               std::to_string(least) + (p_.level == RaidLevel::raid10 ? ", even" : ""),
                           "jbod");
    if (p_.level == RaidLevel::raid10) return disks / 2;
    return p_.level == RaidLevel::raid5 ? disks - 1 : disks;
  }
  /// Sends down the disk I/Os of the request's phase. @return false when there are none.
  bool issue(Slot s) {
    const Request r = sim()[s];
    parts_.clear();
    if (r.op == Op::flush) {
      for (std::size_t disk = 0; disk < next().size(); ++disk) parts_.push_back({disk, Op::flush, 0, 0});
    } else if (p_.level == RaidLevel::raid5 && r.op == Op::write) {
      raid5_write(r);
    } else {
      chunks(r);
    }
    if (parts_.empty()) return false;
    children_.clear();
    for (const Part& part : parts_)
      children_.push_back(
          sim().split(s, *this, part.op, part.offset, static_cast<std::uint32_t>(part.length)));
    for (std::size_t i = 0; i < children_.size(); ++i) {
      sim()[children_[i]].target = static_cast<std::uint16_t>(parts_[i].disk);
      sim().down(children_[i], below(parts_[i].disk));
    }
    return true;
  }
  /// Calls f(stripe, column, offset in chunk, length) for each chunk that the request touches.
  template <class F>
  void for_chunks(const Request& r, F&& f) const {
    const std::int64_t end = r.offset + r.length;
    for (std::int64_t at = r.offset; at < end;) {
      const std::int64_t chunk = at / p_.chunk.n, inside = at % p_.chunk.n;
      const std::int64_t length = std::min(end - at, p_.chunk.n - inside);
      f(chunk / data_disks_, chunk % data_disks_, inside, length);
      at += length;
    }
  }
  std::size_t parity_disk(std::int64_t stripe) const {
    return static_cast<std::size_t>(data_disks_ - stripe % (data_disks_ + 1));
  }
  std::size_t raid5_disk(std::int64_t stripe, std::int64_t column) const {
    return (parity_disk(stripe) + 1 + static_cast<std::size_t>(column)) %
           (static_cast<std::size_t>(data_disks_) + 1);
  }
  void chunks(const Request& r) {
    for_chunks(r, [&](std::int64_t stripe, std::int64_t column, std::int64_t inside, std::int64_t length) {
      const std::int64_t at = stripe * p_.chunk.n + inside;
      const auto disk = static_cast<std::size_t>(column);
      if (p_.level == RaidLevel::raid5) {
        parts_.push_back({raid5_disk(stripe, column), r.op, at, length});
      } else if (p_.level == RaidLevel::raid0) {
        parts_.push_back({disk, r.op, at, length});
      } else if (r.op == Op::read) {
        parts_.push_back({2 * disk + mirror_[disk], r.op, at, length});
        mirror_[disk] ^= 1u;
      } else {
        parts_.push_back({2 * disk, r.op, at, length});
        parts_.push_back({2 * disk + 1, r.op, at, length});
      }
    });
  }
  void raid5_write(const Request& r) {
    const bool reading = r.phase == kReadOld;
    const std::int64_t stripe_bytes = p_.chunk.n * data_disks_;
    std::int64_t row = -1;
    bool full = false;
    std::int64_t low = 0, high = 0;  // of the parity chunk, what must be updated
    auto parity = [&] {
      if (row >= 0 && !(reading && full))
        parts_.push_back(
            {parity_disk(row), reading ? Op::read : Op::write, row * p_.chunk.n + low, high - low});
    };
    for_chunks(r, [&](std::int64_t stripe, std::int64_t column, std::int64_t inside, std::int64_t length) {
      if (stripe != row) {
        parity();
        row = stripe;
        full = r.offset <= row * stripe_bytes && r.offset + r.length >= (row + 1) * stripe_bytes;
        low = inside;
        high = inside + length;
      }
      low = std::min(low, inside);
      high = std::max(high, inside + length);
      if (!(reading && full))
        parts_.push_back({raid5_disk(stripe, column), reading ? Op::read : Op::write,
                          stripe * p_.chunk.n + inside, length});
    });
    parity();
  }

  Params p_;
  std::int64_t data_disks_ = 1;
  std::vector<std::uint8_t> mirror_;  ///< by pair: which disk reads next
  FifoServer controller_;
  std::vector<Part> parts_;
  std::vector<Slot> children_;
};

const Registered<Enclosure> registered{"enclosure", "A shelf of disks: JBOD, RAID 0, 10 or 5."};

}  // namespace
}  // namespace blkpath
