#include <algorithm>
#include <cerrno>

#include "hw/disk_drive.hpp"
#include "hw/disk_params.hpp"
#include "model/core/registry.hpp"
#include "model/core/sim.hpp"

namespace blkpath {
namespace {

/// A disk drive: a DiskDrive behind a queue of tagged commands.
///
/// A command that finds the drive idle pays its overhead before the arm moves; one that waited in the queue
/// was decoded meanwhile. `sptf` picks the shortest time to the first sector, seek and rotation, `aged_sptf`
/// the same with its age taken off, `look` the nearest cylinder in the direction of travel; a request older
/// than `max_age` goes first. It knows no discard: a trim fails with EOPNOTSUPP, in its turn and in no time.
/// Leaves out: seeks of one command under the bus transfer of another, thermal recalibration, retries.
class Disk final : public Stage {
 public:
  static constexpr Layer kLayer = Layer::device;
  using Params = DiskParams;

  explicit Disk(const Params& p)
      : p_(p), layout_(p.layout()), seek_(p.seek_curve(layout_->cylinders())), drive_(drive(p.rpm, 0)) {
    tags_.reserve(static_cast<std::size_t>(p.tags));
  }

  void start() override {  // spindles are not synchronised, in phase or in speed
    Random random(sim().seed(), name());
    const double rpm = p_.rpm * (1 + p_.rpm_tolerance / 100 * (2 * random.uniform() - 1));
    const auto turn = static_cast<std::uint64_t>(from_seconds(60 / rpm).count());
    drive_ = drive(rpm, static_cast<std::int64_t>(random.below(turn)));
  }
  void submit(Slot s) override {
    if (serving_ == kNoSlot) {
      serve(entry(s, false), true);
      return;
    }
    sim().mark_queued(s);
    if (tags_.size() < static_cast<std::size_t>(p_.tags))
      tags_.push_back(entry(s, true));
    else
      waiting_.push(sim(), s);
  }
  void on_event(Slot s) override {
    serving_ = kNoSlot;
    if (!tags_.empty()) {
      const std::size_t i = choose();
      const Entry e = tags_[i];
      tags_.erase(tags_.begin() + static_cast<std::ptrdiff_t>(i));
      if (!waiting_.empty()) tags_.push_back(entry(waiting_.pop(sim()), true));
      serve(e, false);
    }
    sim().up(s);
  }
  Luns luns(std::span<const Luns>) const override { return {1, Bytes{layout_->sectors() * 512}, this}; }
  double max_iops(const LoadShape& load) const override {
    const double sectors = load.block_size / 512;
    const double bus = sectors * (load.read_fraction * seconds(p_.bus_read) +
                                  (1 - load.read_fraction) * seconds(p_.bus_write));
    const bool buffered = p_.segments > 0 && load.span * static_cast<double>(layout_->sectors()) * 512 <
                                                 static_cast<double>(p_.segments * p_.segment_size.n);
    if (buffered) return bus > 0 ? 1 / bus : std::numeric_limits<double>::infinity();
    if (load.random && load.scattered && p_.order == TagOrder::fcfs && !p_.write_cache)
      return 1 / std::max(bus, scattered_time(load));
    // No arrangement of random requests beats a settle and the transfer on the longest track for each. That
    // is the bound, not the estimate, of a drive that reorders: how well it does depends on how much it
    // holds.
    const double rpm = p_.rpm * (1 + p_.rpm_tolerance / 100);
    const double transfer = sectors / static_cast<double>(p_.longest_track()) * 60 / rpm;
    return 1 / std::max(bus, transfer + (load.random ? static_cast<double>(seek_->shortest()) * 1e-9 : 0));
  }
  std::vector<StatValue> stats() const override {
    const double n = std::max<double>(1, static_cast<double>(served_));
    std::vector<StatValue> all{
        {"seek", "us", "mean arm time of a request", static_cast<double>(seek_ns_) * 1e-3 / n},
        {"rotation", "us", "mean rotational wait of a request", static_cast<double>(rotation_ns_) * 1e-3 / n},
        {"transfer", "us", "mean media time of a request", static_cast<double>(transfer_ns_) * 1e-3 / n}};
    if (p_.segments > 0)
      all.push_back({"read_hits", "%", "reads that were answered from the buffer",
                     100 * static_cast<double>(drive_.read_hits) /
                         static_cast<double>(std::max<std::int64_t>(1, drive_.reads))});
    return all;
  }
  Bytes at_risk() const override { return Bytes{drive_.unwritten_sectors() * 512}; }

 private:
  struct Entry {
    Slot slot;
    bool media;  ///< not a flush
    Instant arrived;
    DiskDrive::Command command;
    DiskRun run;  ///< of its first sector
  };

  DiskDrive drive(double rpm, std::int64_t phase) const {
    return {DiskMechanics(layout_, seek_, p_.times(rpm, phase)), p_.buffer(), p_.overheads()};
  }
  /// Of one request, in seconds: mean seek over the span that is used, half a turn and the transfer.
  double scattered_time(const LoadShape& load) const {
    const std::int64_t sectors = layout_->sectors();
    const auto at = [&](double fraction) {
      return std::min(static_cast<std::int64_t>(fraction * static_cast<double>(sectors)), sectors - 1);
    };
    const std::int64_t first = at(load.span_begin);
    const std::int64_t last = std::max(first, at(load.span_begin + load.span) - 1);
    const double turn = 60 / p_.rpm;
    const double sector = static_cast<double>(layout_->find((first + last) / 2).pitch) * 0x1p-64 * turn;
    const std::int32_t cylinders = std::abs(layout_->find(last).cylinder - layout_->find(first).cylinder) + 1;
    const double same = 1.0 / cylinders;  // chance of staying on the cylinder
    const double arm = seek_->mean(cylinders) +
                       (1 - load.read_fraction) * (1 - same) * seconds(p_.write_settle) +
                       same * (1 - 1.0 / p_.heads) * seconds(p_.head_switch);
    return arm + turn / 2 + load.block_size / 512 * sector;
  }
  /// @param queued  the scheduler will look at it
  Entry entry(Slot s, bool queued) {
    Request& r = sim()[s];
    if (r.op == Op::trim) r.error = EOPNOTSUPP;
    if (r.op == Op::flush || r.op == Op::trim) return {s, false, sim().now(), {}, {}};
    const std::int64_t first = r.offset / 512, count = (r.length + 511) / 512;
    if (first < 0 || first + count > layout_->sectors())
      throw std::runtime_error(name() + ": I/O at " + std::to_string(r.offset) + ", beyond the disk's " +
                               std::to_string(layout_->sectors() * 512) + " bytes");
    return {s,
            true,
            sim().now(),
            {first, first + count, r.op == Op::write, (r.flags & Request::kFua) != 0},
            queued && p_.order != TagOrder::fcfs ? layout_->find(first) : DiskRun{}};
  }

  void serve(const Entry& e, bool idle) {
    const std::int64_t at = sim().at(e.slot).time_since_epoch().count();
    std::int64_t done = at;
    if (e.media) {
      const DiskDrive::Served served = drive_.serve(e.command, at, !idle);
      done = served.done;
      seek_ns_ += served.seek;
      rotation_ns_ += served.rotation;
      transfer_ns_ += served.transfer;
    } else if (sim()[e.slot].op == Op::flush) {
      done = drive_.flush(at);
    }
    ++served_;
    serving_ = e.slot;
    sim().hold(e.slot, Time{0}, Time{done - at});
  }
  std::size_t choose() {
    if (p_.order == TagOrder::fcfs) return 0;
    const Instant now = sim().now();
    if (now - tags_.front().arrived > p_.max_age) return 0;  // tags_ is in order of arrival
    if (p_.order == TagOrder::look) return choose_look();
    std::size_t best = 0;
    double shortest = std::numeric_limits<double>::max();
    const double weight = p_.order == TagOrder::aged_sptf ? p_.age_weight : 0;
    for (std::size_t i = 0; i < tags_.size(); ++i) {
      const Entry& e = tags_[i];
      if (!e.media) return i;
      const auto wait =
          static_cast<double>(drive_.positioning(e.command, e.run, now.time_since_epoch().count())) -
          weight * static_cast<double>((now - e.arrived).count());
      if (wait < shortest) {
        shortest = wait;
        best = i;
      }
    }
    return best;
  }
  std::size_t choose_look() {
    for (int turned = 0; turned < 2; ++turned, upward_ = !upward_) {
      std::size_t best = tags_.size();
      std::int32_t nearest = std::numeric_limits<std::int32_t>::max();
      for (std::size_t i = 0; i < tags_.size(); ++i) {
        const Entry& e = tags_[i];
        const std::int32_t to = e.media ? e.run.cylinder : drive_.cylinder();
        const std::int32_t ahead = upward_ ? to - drive_.cylinder() : drive_.cylinder() - to;
        if (ahead >= 0 && ahead < nearest) {
          nearest = ahead;
          best = i;
        }
      }
      if (best < tags_.size()) return best;
    }
    return 0;
  }

  Params p_;
  std::shared_ptr<const DiskLayout> layout_;
  std::shared_ptr<const SeekCurve> seek_;
  DiskDrive drive_;
  std::vector<Entry> tags_;
  SlotQueue waiting_;
  Slot serving_ = kNoSlot;
  bool upward_ = true;
  std::int64_t seek_ns_ = 0, rotation_ns_ = 0, transfer_ns_ = 0, served_ = 0;
};

const Registered<Disk> registered{"disk",
                                  "A disk drive: layout, seek curve, rotation, buffer, tagged queueing."};

}  // namespace
}  // namespace blkpath
