#include <cerrno>
#include <optional>

#include "hw/cached_array.hpp"
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
/// raid_backend.hpp (when they are done), raid_rebuild.hpp; cached_array.hpp (the controller's cache).
class Enclosure final : public Stage {
 public:
  static constexpr Layer kLayer = Layer::array;
  using Params = EnclosureParams;
  explicit Enclosure(const Params& p) : p_(p) {}

  void start() override {
    const RaidLayout layout = p_.layout(static_cast<std::int64_t>(next().size()));
    if (p_.level == RaidLevel::jbod) return;
    std::vector<Luns> disks;
    for (const StageId disk : next()) disks.push_back(offered(sim(), disk));
    Bytes rows = smallest(disks);
    if (layout.level() != RaidLevel::raid1) rows = rows - rows % p_.chunk;
    backend_.emplace(sim(), *this, p_, layout, rows);
    if (p_.cache_size > Bytes{0})
      cache_.emplace(sim(), *this, p_, *backend_, layout.capacity(smallest(disks)));
  }
  void submit(Slot s) override {
    if (p_.level == RaidLevel::jbod) return pass_to_disk(s);
    cpu_ += p_.command_cost;
    sim().hold(s, controller_.wait(sim().at(s), p_.command_cost), p_.command_cost);
  }
  void on_event(Slot s) override {
    if (backend_->owns(s))
      finish(backend_->on_event(s));
    else if (cache_ && cache_->owns(s))
      cache_->on_timer(s);
    else
      execute(s);
  }
  void complete(Slot s) override { finish(backend_->complete(s)); }

  /// As JBOD a LUN for each disk, as RAID one over all.
  Luns luns(std::span<const Luns> below) const override {
    const auto disks = static_cast<std::int64_t>(below.size());
    const RaidLayout layout = p_.layout(disks);
    if (p_.level == RaidLevel::jbod) return {disks, smallest(below), this};
    return {1, layout.capacity(smallest(below)), this};
  }
  double max_iops(const LoadShape&) const override {
    return p_.level == RaidLevel::jbod ? std::numeric_limits<double>::infinity()
                                       : 1 / seconds(p_.command_cost);
  }
  LoadShape passed_down(const LoadShape& load) const override {
    return disk_load(p_, static_cast<std::int64_t>(next().size()), load);
  }
  std::vector<StatValue> stats() const override;
  /// What a cache without a battery holds.
  Bytes at_risk() const override {
    return cache_ && p_.battery != Battery::ok ? cache_->unwritten() : Bytes{0};
  }

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
    if (backend_->offline())
      r.error = EIO;
    else if (r.op == Op::trim && backend_->layout().parities() > 0)
      r.error = EOPNOTSUPP;  // as md does by default: discarded chunks could leave parity wrong
    if (r.error != 0 || (r.length == 0 && r.op != Op::flush)) return sim().up(s);
    if (cache_)
      dispatch(*cache_, s);
    else
      dispatch(*backend_, s);
  }
  template <class Below>
  void dispatch(Below& below, Slot s) {
    switch (sim()[s].op) {
      case Op::read:
        return below.read(s);
      case Op::write:
        return below.write(s);
      case Op::flush:
        return below.flush(s);
      case Op::trim:
        return below.trim(s);
    }
  }
  void finish(Slot s) {
    if (s == kNoSlot) return;
    if (cache_)
      cache_->finished(s);
    else
      sim().up(s);
  }
  void add_cache_stats(std::vector<StatValue>& all) const;

  Params p_;
  FifoServer controller_;
  std::optional<RaidBackend> backend_;  ///< of RAID, from start() on
  std::optional<CachedArray> cache_;
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
  if (cache_) add_cache_stats(all);
  return all;
}

void Enclosure::add_cache_stats(std::vector<StatValue>& all) const {
  const CachedArray::Counts& n = cache_->counts();
  const auto percent = [](std::int64_t part, std::int64_t whole) {
    return 100 * static_cast<double>(part) / static_cast<double>(std::max<std::int64_t>(1, whole));
  };
  const auto count = [&](std::string_view name, std::string_view unit, std::string_view sentence,
                         std::int64_t value) {
    all.push_back({name, unit, sentence, static_cast<double>(value)});
  };
  all.push_back({"read_hits", "%", "of the pages read: in the cache", percent(n.read_hits, n.read_pages)});
  count("read_ahead", "", "pages that were read ahead", n.read_ahead_pages);
  all.push_back({"write_hits", "%",
                 "of the pages written: dirty already, so that one write to the disks is saved",
                 percent(n.write_hits, n.written_pages)});
  count("full_waits", "", "writes that waited for room in the cache", n.full_waits);
  count("destages", "", "pieces that were written to the disks", n.destages);
  count("destaged", "bytes", "in these pieces", n.destaged_bytes);
  count("destage_errors", "", "pieces that could not be written and are lost", n.destage_errors);
  count("unwritten", "bytes", "in the cache and not on the disks when the run ended", cache_->unwritten().n);
}

const Registered<Enclosure> registered{
    "enclosure", "A shelf of disks, or an array with a cache: JBOD, RAID 0, 1, 10, 5 or 6."};

}  // namespace
}  // namespace blkpath
