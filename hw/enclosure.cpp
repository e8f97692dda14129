#include <cerrno>
#include <optional>

#include "hw/enclosure_load.hpp"
#include "hw/enclosure_params.hpp"
#include "hw/raid_backend.hpp"
#include "model/core/registry.hpp"
#include "model/core/sim.hpp"

namespace blkpath {
namespace {

/// What the stages at `id` and below offer.
Luns offered(const Sim& sim, StageId id) {
  std::vector<Luns> below;
  for (const StageId next : sim.stage(id).next()) below.push_back(offered(sim, next));
  return sim.stage(id).luns(below);
}
Bytes smallest(std::span<const Luns> disks) {
  Bytes each = Luns::kUnlimited;
  for (const Luns& disk : disks) each = std::min(each, disk.each);
  return each;
}

/// A shelf of disks. As JBOD each disk is a LUN of its own (the request's target), and costs nothing. As RAID
/// the shelf is one LUN behind a controller that handles one command at a time.
///
/// Read raid_layout.hpp (where the chunks are), raid_planner.hpp (which disk I/Os a request becomes),
/// raid_backend.hpp (when they are done), raid_rebuild.hpp.
class Enclosure final : public Stage {
 public:
  static constexpr Layer kLayer = Layer::array;
  using Params = EnclosureParams;
  explicit Enclosure(const Params& p) : p_(p) {}

  void start() override {
    if (p_.level == RaidLevel::jbod) return;
    std::vector<Luns> disks;
    for (const StageId disk : next()) disks.push_back(offered(sim(), disk));
    const RaidLayout layout = p_.layout(static_cast<std::int64_t>(next().size()));
    Bytes rows = smallest(disks);
    if (layout.level() != RaidLevel::raid1) rows = rows - rows % p_.chunk;
    backend_.emplace(sim(), *this, p_, layout, rows);
  }
  void submit(Slot s) override {
    if (p_.level == RaidLevel::jbod) return pass_to_disk(s);
    cpu_ += p_.command_cost;
    sim().hold(s, controller_.wait(sim().at(s), p_.command_cost), p_.command_cost);
  }
  void on_event(Slot s) override {
    if (backend_->owns(s))
      finish(backend_->on_event(s));
    else
      execute(s);
  }
  void complete(Slot s) override { finish(backend_->complete(s)); }

  /// As JBOD a LUN for each disk, as RAID one over all.
  Luns luns(std::span<const Luns> below) const override {
    const auto disks = static_cast<std::int64_t>(below.size());
    if (p_.level == RaidLevel::jbod) return {disks, smallest(below), this};
    return {1, p_.layout(disks).capacity(smallest(below)), this};
  }
  double max_iops(const LoadShape&) const override {
    return p_.level == RaidLevel::jbod ? std::numeric_limits<double>::infinity()
                                       : 1 / seconds(p_.command_cost);
  }
  LoadShape passed_down(const LoadShape& load) const override {
    return disk_load(p_, static_cast<std::int64_t>(next().size()), load);
  }
  std::vector<StatValue> stats() const override;

 private:
  void pass_to_disk(Slot s) {
    std::size_t target = sim()[s].target;
    if (target >= next().size()) {
      if (next().size() > 1)
        throw std::runtime_error(name() + ": a request for LUN " + std::to_string(target) + " of " +
                                 std::to_string(next().size()));
      target = 0;  // a lone disk is whichever LUN the stages above call it
    }
    for (const DiskFailure& f : p_.failures)
      if (f.disk == static_cast<std::int64_t>(target) && sim().at(s) >= Instant{f.at}) {
        sim()[s].error = EIO;
        return sim().up(s);
      }
    sim().hand_on(s, below(target));
  }
  void execute(Slot s) {
    Request& r = sim()[s];
    r.phase = 0;
    if (r.length == 0 && r.op != Op::flush) return sim().up(s);
    switch (r.op) {
      case Op::read:
        return backend_->read(s);
      case Op::write:
        return backend_->write(s);
      case Op::flush:
        return backend_->flush(s);
      case Op::trim:
        if (backend_->layout().parities() == 0) return backend_->trim(s);
        r.error = EOPNOTSUPP;  // md's default: discards could leave parity wrong
        return sim().up(s);
    }
  }
  void finish(Slot s) {
    if (s != kNoSlot) sim().up(s);
  }

  Params p_;
  FifoServer controller_;
  std::optional<RaidBackend> backend_;  ///< of RAID, from start() on
};

std::vector<StatValue> Enclosure::stats() const {
  std::vector<StatValue> all;
  if (!backend_) return all;
  const RaidBackend::Counts& n = backend_->counts();
  if (backend_->layout().parities() > 0) {
    const auto percent = [&](std::int64_t part) {
      return 100 * static_cast<double>(part) /
             static_cast<double>(std::max<std::int64_t>(1, n.full + n.rmw + n.reconstruct));
    };
    all.push_back({"full_stripe", "%", "of the writes to a stripe: nothing had to be read", percent(n.full)});
    all.push_back(
        {"rmw", "%", "of the writes to a stripe: old data and old parity were read", percent(n.rmw)});
    all.push_back(
        {"reconstruct", "%", "of the writes to a stripe: the rest of it was read", percent(n.reconstruct)});
    all.push_back({"lock_waits", "", "writes that found their stripe locked by another one",
                   static_cast<double>(n.lock_waits)});
  }
  if (p_.redundant()) {
    all.push_back(
        {"disk_errors", "", "reads that a disk answered with an error", static_cast<double>(n.disk_errors)});
    all.push_back({"read_again", "", "of these: read from other disks", static_cast<double>(n.read_again)});
  }
  if (p_.hot_spares > 0) {
    const RaidRebuild::Progress rebuild = backend_->rebuild();
    all.push_back({"rebuild", "%", "of the failed disk copied to the spare", rebuild.percent});
    all.push_back(
        {"rebuild_left", "s", "until the rebuild is done, at the pace so far", rebuild.seconds_left});
    all.push_back({"rebuilt_at", "s", "when the last rebuild was done", rebuild.finished_at});
  }
  return all;
}

const Registered<Enclosure> registered{"enclosure", "A shelf of disks: JBOD, RAID 0, 1, 10, 5 or 6."};

}  // namespace
}  // namespace blkpath
